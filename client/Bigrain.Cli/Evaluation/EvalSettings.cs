namespace Bigrain.Cli.Evaluation;

/// <summary>How an evaluation asks.</summary>
/// <param name="Collection">Collection.</param>
/// <param name="K">Hits of each query.</param>
/// <param name="Concurrency">Requests under way at once.</param>
/// <param name="Batch">Queries of one request.</param>
/// <param name="Nprobe">Leaves to scan; 0 lets the server choose.</param>
/// <param name="Shortlist">Candidates to verify; 0 lets the server choose.</param>
/// <param name="TimeoutMilliseconds">Deadline of a request.</param>
internal sealed record EvalSettings(
    string Collection, int K, int Concurrency, int Batch, int Nprobe, int Shortlist, int TimeoutMilliseconds);
