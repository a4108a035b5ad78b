namespace Bigrain.Cli.Reports;

/// <summary>What an export did.</summary>
/// <param name="File">The file.</param>
/// <param name="Documents">Documents in it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Seconds">Time of this run.</param>
internal sealed record ExportReport(string File, long Documents, long Bytes, double Seconds);
