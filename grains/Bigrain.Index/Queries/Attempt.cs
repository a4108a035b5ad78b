using Bigrain.Index.Errors;

namespace Bigrain.Index.Queries;

/// <summary>One coarse pass on one silo, and the verification that follows it there: its ticket is of no use elsewhere.</summary>
internal sealed class Attempt
{
    private readonly PartitionAnswer[] _answers;
    private int[] _corrupt = [];

    public Attempt(string silo, IReadOnlyList<PartitionTarget> targets)
    {
        Silo = silo;
        Targets = targets;
        _answers = new PartitionAnswer[targets.Count];
        Array.Fill(_answers, PartitionAnswer.Silent);
    }

    public string Silo { get; }

    /// <summary>What was asked; the candidates in it are those still unasked, this silo not among them.</summary>
    public IReadOnlyList<PartitionTarget> Targets { get; }

    public long Ticket { get; private set; }

    public SearchCandidate[] Candidates { get; private set; } = [];

    public SearchCandidate[] Survivors { get; set; } = [];

    public QueryHit[] Hits { get; private set; } = [];

    public QueryCost Cost { get; private set; }

    /// <summary>What the last call threw; null when the silo answered.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Whether every partition was searched.</summary>
    public bool IsWhole => Failure is null && Array.TrueForAll(_answers, IsSearched);

    /// <summary>The partitions this attempt searched.</summary>
    public IEnumerable<PartitionTarget> Searched => Targets.Where((_, i) => IsSearched(_answers[i]));

    /// <summary>The partitions it did not search, with the reason.</summary>
    public IEnumerable<(PartitionTarget Target, PartitionAnswer Answer)> Unsearched =>
        Targets.Select((target, i) => (target, _answers[i])).Where(pair => !IsSearched(pair.Item2));

    /// <summary>Searched partitions that the answer must name all the same: behind, or found damaged while verifying.</summary>
    public IEnumerable<MissingPartition> Flagged => Targets
        .Select((target, i) => new MissingPartition(
            target.Partition, _corrupt.Contains(target.Partition) ? PartitionAnswer.Corrupt : _answers[i]))
        .Where(flagged => flagged.Answer is PartitionAnswer.Behind || _corrupt.Contains(flagged.Partition));

    public void Accept(SearchReply reply)
    {
        Ticket = reply.Ticket;
        Candidates = reply.Candidates;
        Cost += reply.Cost;
        reply.Answers.CopyTo(_answers, 0);
    }

    /// <summary>Notes that nothing was searched.</summary>
    public void Refuse(Exception failure)
    {
        Failure = failure;
        Array.Fill(_answers, failure is BigrainException { Code: ErrorCode.Overloaded } ? PartitionAnswer.Overloaded : PartitionAnswer.Silent);
    }

    public void Accept(VerifyReply reply)
    {
        Hits = reply.Hits;
        Cost += reply.Cost;
        _corrupt = reply.CorruptPartitions;
    }

    private static bool IsSearched(PartitionAnswer answer) => answer is PartitionAnswer.Answered or PartitionAnswer.Behind;
}
