using Bigrain.Index.Errors;

namespace Bigrain.Index.Queries;

/// <summary>What came of asking for some partitions: the attempts that count, each partition in at most one, and what nobody searched.</summary>
internal sealed class Gathered
{
    public List<Attempt> Attempts { get; } = [];

    public List<MissingPartition> Lost { get; } = [];

    /// <summary>What the silos that failed said.</summary>
    public List<Exception> Failures { get; } = [];

    /// <summary>Whether every partition was searched.</summary>
    public bool IsWhole => Lost.Count == 0;

    /// <summary>The fault of the query itself, which no other silo would mend; null for none.</summary>
    public BigrainException? Fault => Failures.OfType<BigrainException>().FirstOrDefault(
        failure => failure.Code is ErrorCode.InvalidArgument or ErrorCode.TooLarge);

    /// <summary>The longest wait that an overloaded silo asked for; null when none was overloaded.</summary>
    public TimeSpan? RetryAfter => Failures.OfType<BigrainException>()
        .Where(failure => failure.Code == ErrorCode.Overloaded)
        .Max(failure => (TimeSpan?)(failure.RetryAfter ?? TimeSpan.Zero));

    /// <summary>Takes in an attempt with what it searched, and counts the rest as lost unless somebody else is asked.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="exceptFor">Partitions that are asked for elsewhere.</param>
    public void Add(Attempt attempt, IReadOnlySet<int> exceptFor)
    {
        if (attempt.Failure is { } failure)
        {
            Failures.Add(failure);
        }
        else
        {
            // Also one that searched nothing: it answered, and its cost counts.
            Attempts.Add(attempt);
        }

        Lost.AddRange(attempt.Unsearched
            .Where(pair => !exceptFor.Contains(pair.Target.Partition))
            .Select(pair => new MissingPartition(pair.Target.Partition, pair.Answer)));
    }

    public void Add(Gathered other)
    {
        Attempts.AddRange(other.Attempts);
        Lost.AddRange(other.Lost);
        Failures.AddRange(other.Failures);
    }
}
