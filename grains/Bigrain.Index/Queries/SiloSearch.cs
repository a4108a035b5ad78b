using Bigrain.Index.Errors;

namespace Bigrain.Index.Queries;

/// <summary>One silo's part of a running query.</summary>
internal sealed class SiloSearch(string silo, PartitionTarget[] targets)
{
    private readonly PartitionAnswer[] _answers = Enumerable.Repeat(PartitionAnswer.Silent, targets.Length).ToArray();

    public string Silo { get; } = silo;

    public PartitionTarget[] Targets { get; } = targets;

    public long Ticket { get; private set; }

    public SearchCandidate[] Candidates { get; private set; } = [];

    public SearchCandidate[] Survivors { get; set; } = [];

    public QueryHit[] Hits { get; private set; } = [];

    public QueryCost Cost { get; private set; }

    public Exception? Failure { get; private set; }

    public void Accept(SearchReply reply)
    {
        Ticket = reply.Ticket;
        Candidates = reply.Candidates;
        Cost += reply.Cost;
        reply.Answers.CopyTo(_answers, 0);
    }

    public void Accept(VerifyReply reply)
    {
        Hits = reply.Hits;
        Cost += reply.Cost;
        for (int i = 0; i < Targets.Length; i++)
        {
            if (reply.CorruptPartitions.Contains(Targets[i].Partition))
            {
                _answers[i] = PartitionAnswer.Corrupt;
            }
        }
    }

    /// <summary>Makes a call; what it throws costs this silo's partitions their place in the answer, not the query its life.</summary>
    public async Task TryAsync(Func<Task> call)
    {
        try
        {
            await call();
        }
#pragma warning disable CA1031 // whatever a silo's call threw becomes missing coverage, visible in the answer
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Failure = exception is OperationCanceledException
                ? new BigrainException(ErrorCode.DeadlineExceeded, $"silo '{Silo}' did not answer in time", inner: exception)
                : exception;
            Hits = [];
            Array.Fill(_answers, PartitionAnswer.Silent);
        }
    }

    public IEnumerable<MissingPartition> Missing()
    {
        for (int i = 0; i < Targets.Length; i++)
        {
            if (_answers[i] != PartitionAnswer.Answered)
            {
                yield return new MissingPartition(Targets[i].Partition, _answers[i]);
            }
        }
    }
}
