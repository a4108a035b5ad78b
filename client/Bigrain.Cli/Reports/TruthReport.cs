namespace Bigrain.Cli.Reports;

/// <summary>What <c>truth</c> wrote.</summary>
/// <param name="Queries">Queries.</param>
/// <param name="K">Neighbours of each.</param>
/// <param name="Out">File.</param>
/// <param name="Seconds">Time it took.</param>
internal sealed record TruthReport(int Queries, int K, string Out, double Seconds);
