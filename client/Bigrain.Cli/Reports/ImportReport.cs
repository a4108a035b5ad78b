namespace Bigrain.Cli.Reports;

/// <summary>What an import did.</summary>
/// <param name="Documents">Documents acknowledged.</param>
/// <param name="Seconds">Time from the first read to the last acknowledgement.</param>
/// <param name="DocumentsPerSecond">Their quotient.</param>
/// <param name="Compacted">Whether the collection was compacted afterwards.</param>
internal sealed record ImportReport(long Documents, double Seconds, double DocumentsPerSecond, bool Compacted);
