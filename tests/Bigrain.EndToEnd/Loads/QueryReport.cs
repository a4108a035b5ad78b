namespace Bigrain.EndToEnd.Loads;

/// <summary>What a load of queries has seen.</summary>
internal sealed class QueryReport(IReadOnlyList<QueryEvent> events)
{
    private const int ShownProblems = 8;

    public IReadOnlyList<QueryEvent> Events => events;

    public int Count(QueryOutcome outcome) => events.Count(one => one.Outcome == outcome);

    /// <summary>The last moment at which a query did not end complete and right.</summary>
    public TimeSpan? LastTrouble => events.Where(static one => one.Outcome != QueryOutcome.Right).Select(static one => (TimeSpan?)(one.At + one.Took)).Max();

    public TimeSpan Percentile(double share)
    {
        TimeSpan[] ordered = [.. events.Select(static one => one.Took).Order()];
        return ordered.Length == 0 ? TimeSpan.Zero : ordered[(int)Math.Min(ordered.Length - 1, share * ordered.Length)];
    }

    public override string ToString()
    {
        string counts = string.Join(", ", Enum.GetValues<QueryOutcome>().Select(outcome => $"{outcome} {Count(outcome)}"));
        string latency = $"p50 {Percentile(0.5).TotalMilliseconds:0.0} ms, p99 {Percentile(0.99).TotalMilliseconds:0} ms, max {Percentile(1).TotalMilliseconds:0} ms";
        IEnumerable<string> problems = events.Where(static one => one.Outcome != QueryOutcome.Right)
            .GroupBy(static one => (one.Outcome, Kind: one.Detail?[..Math.Min(one.Outcome == QueryOutcome.Flagged ? 6 : 40, one.Detail.Length)]))
            .OrderByDescending(static group => group.Key.Outcome)
            .Take(ShownProblems)
            .Select(static group => $"\n  {group.Key.Outcome} x {group.Count()} from {group.First().At.TotalSeconds:0.00} s to {group.Last().At.TotalSeconds:0.00} s: {group.First().Detail}");
        return $"{events.Count} queries: {counts}; {latency}{string.Concat(problems)}";
    }
}
