namespace Bigrain.Cli.Reports;

/// <summary>What was deleted.</summary>
/// <param name="Deleted">Its name.</param>
internal sealed record DeletedReport(string Deleted);
