namespace Bigrain.EndToEnd.Loads;

/// <summary>What a load of writes has seen.</summary>
internal sealed record IngestReport(int Acknowledged, int Resent, int Unknown, int Refused, int WrongReads, TimeSpan Longest, IReadOnlyList<string> Problems)
{
    public override string ToString() =>
        $"{Acknowledged} batches acknowledged ({Resent} of them sent again), {Unknown} unknown, {Refused} refused, {WrongReads} wrong reads of own writes, longest {Longest.TotalSeconds:0.00} s"
        + string.Concat(Problems.GroupBy(static problem => problem[..Math.Min(12, problem.Length)]).Select(static group => $"\n  {group.Count()} x {group.First()}, ... {group.Last()}"));
}
