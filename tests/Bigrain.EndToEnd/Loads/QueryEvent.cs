namespace Bigrain.EndToEnd.Loads;

/// <summary>One query of a load.</summary>
/// <param name="At">When it was sent, since the start of the load.</param>
/// <param name="Took">How long the caller waited.</param>
/// <param name="ServerMilliseconds">Time in the server; 0 for an error.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="Missing">Partitions that were missing.</param>
/// <param name="Verified">Which hits were verified; null for an error.</param>
/// <param name="Detail">What went wrong, or why the answer is flagged.</param>
internal sealed record QueryEvent(
    TimeSpan At, TimeSpan Took, double ServerMilliseconds, QueryOutcome Outcome, IReadOnlyList<int> Missing, string? Verified, string? Detail);
