namespace Bigrain.Index.Benchmarking;

/// <summary>Result of one setting.</summary>
/// <param name="Codec">Codec as written; <c>flat</c> with nprobe 0 is the plain exact scan.</param>
/// <param name="Nprobe">Leaves probed; 0 = automatic.</param>
/// <param name="Shortlist">Candidates verified at most; 0 = automatic.</param>
/// <param name="Threads">Threads.</param>
/// <param name="Batch">Queries in a call.</param>
/// <param name="RecallAt10">Share of the exact neighbours found (at the k asked for).</param>
/// <param name="QueriesPerCpuSecond">Queries per second of processor time of the searching threads.</param>
/// <param name="Qps">Queries per second of wall time.</param>
/// <param name="TimesFlat">Queries per CPU second over those of the single-query exact scan of the same run.</param>
/// <param name="BytesPerVector">Memory of the coarse index a vector.</param>
/// <param name="BuildCpuSeconds">Processor time of leaves and codes.</param>
/// <param name="RecordsVerifiedPerQuery">Full vectors read a query.</param>
/// <param name="CodesScannedPerQuery">Codes scanned a query.</param>
/// <param name="LeavesProbedPerQuery">Leaves scanned a query.</param>
/// <param name="LeafSize">Average documents of a leaf.</param>
public sealed record AnnBenchmarkLine(
    string Codec,
    int Nprobe,
    int Shortlist,
    int Threads,
    int Batch,
    double RecallAt10,
    double QueriesPerCpuSecond,
    double Qps,
    double TimesFlat,
    double BytesPerVector,
    double BuildCpuSeconds,
    double RecordsVerifiedPerQuery,
    double CodesScannedPerQuery,
    double LeavesProbedPerQuery,
    int LeafSize);
