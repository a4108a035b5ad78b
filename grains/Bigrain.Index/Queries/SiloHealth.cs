using System.Collections.Concurrent;

namespace Bigrain.Index.Queries;

/// <summary>What this process has seen of each silo's answers: how late they are, and who has fallen silent.</summary>
/// <remarks>
/// <para>A silo that leaves several calls in a row unanswered is <em>suspect</em>: it is asked last for a while, then one query
/// tries it again. Membership takes seconds to find a death; this takes a few calls, and being wrong costs nothing but order.</para>
/// <para>One per process. Thread safe.</para>
/// </remarks>
/// <param name="options">Thresholds.</param>
/// <param name="time">Clock.</param>
/// <param name="instruments">Counts suspects.</param>
public sealed class SiloHealth(QueryOptions options, TimeProvider time, QueryInstruments instruments)
{
    // Before a silo's latency is known: long enough for a cold one, short beside any deadline.
    private static readonly TimeSpan UnknownLatency = TimeSpan.FromMilliseconds(100);

    private readonly ConcurrentDictionary<string, Record> _records = new(StringComparer.Ordinal);
    private volatile bool _anySuspect;

    /// <summary>How long an answer of this silo may take before it counts as late.</summary>
    public TimeSpan LateAfter(string silo)
    {
        Record record = RecordOf(silo);
        lock (record)
        {
            TimeSpan usual = record.Latencies.Percentile95 ?? UnknownLatency;
            return usual > options.MinHedgeDelay ? usual : options.MinHedgeDelay;
        }
    }

    /// <summary>Whether anything has come from a silo since a timestamp.</summary>
    public bool HasAnsweredSince(string silo, long timestamp)
    {
        Record record = RecordOf(silo);
        lock (record)
        {
            return record.LastHeard > timestamp;
        }
    }

    /// <summary>Takes in an answer, a refusal included: the silo is alive.</summary>
    public void OnAnswer(string silo, TimeSpan duration)
    {
        Record record = RecordOf(silo);
        lock (record)
        {
            record.Latencies.Add(duration);
            record.LastHeard = time.GetTimestamp();
            record.Silences = 0;
            record.SuspectUntil = 0;
        }
    }

    /// <summary>Takes in a call that was given up without an answer, or that could not be delivered.</summary>
    /// <param name="silo">Name of the silo.</param>
    /// <param name="waited">How long it was waited for; null when it could not be reached. It takes at least so long now,
    /// so that a silo that has become slower is waited for longer, and not given up each time.</param>
    public void OnSilence(string silo, TimeSpan? waited)
    {
        Record record = RecordOf(silo);
        lock (record)
        {
            if (waited is { } atLeast)
            {
                record.Latencies.Add(atLeast);
            }

            if (++record.Silences < options.SuspectAfter)
            {
                return;
            }

            if (record.SuspectUntil == 0)
            {
                instruments.AddSuspect();
            }

            record.SuspectUntil = AfterPeriod();
            _anySuspect = true;
        }
    }

    /// <summary>Gives the candidates of each partition with suspects last; when a suspect's time is up, to one caller it is
    /// none: that query tries it.</summary>
    public IReadOnlyList<PartitionTarget> SuspectsLast(IReadOnlyList<PartitionTarget> targets)
    {
        ArgumentNullException.ThrowIfNull(targets);
        if (!_anySuspect)
        {
            return targets;
        }

        HashSet<string> suspects = [.. targets.SelectMany(target => target.Silos).Distinct(StringComparer.Ordinal).Where(IsAvoided)];
        if (suspects.Count == 0)
        {
            _anySuspect = _records.Values.Any(record => Volatile.Read(ref record.SuspectUntil) != 0);
            return targets;
        }

        return [.. targets.Select(target => target with { Silos = [.. target.Silos.OrderBy(suspects.Contains)] })];
    }

    private bool IsAvoided(string silo)
    {
        Record record = RecordOf(silo);
        lock (record)
        {
            if (record.SuspectUntil == 0)
            {
                return false;
            }

            if (time.GetTimestamp() < record.SuspectUntil)
            {
                return true;
            }

            // This caller tries it; the others wait for what comes of that.
            record.SuspectUntil = AfterPeriod();
            return false;
        }
    }

    private long AfterPeriod() => time.GetTimestamp() + (long)(options.SuspectPeriod.TotalSeconds * time.TimestampFrequency);

    private Record RecordOf(string silo) => _records.GetOrAdd(silo, static _ => new Record());

    private sealed class Record
    {
        public long SuspectUntil;

        public LatencyWindow Latencies { get; } = new();

        public long LastHeard { get; set; }

        public int Silences { get; set; }
    }
}
