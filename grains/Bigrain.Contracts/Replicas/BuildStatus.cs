using Bigrain.Contracts.Faults;

namespace Bigrain.Contracts.Replicas;

/// <summary>How far a silo is with the build of a partition.</summary>
/// <param name="State">Where it is.</param>
/// <param name="Done">Documents copied.</param>
/// <param name="Total">Documents to copy; 0 while they are being counted.</param>
/// <param name="ErrorCode">Why it failed; null while it did not.</param>
/// <param name="Error">The same in words.</param>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.BuildStatus")]
public sealed record BuildStatus(
    [property: Id(0)] BuildState State,
    [property: Id(1)] long Done,
    [property: Id(2)] long Total,
    [property: Id(3)] FaultCode? ErrorCode,
    [property: Id(4)] string? Error);
