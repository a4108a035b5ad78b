using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Bigrain.Index.Queries;

/// <summary>Metrics of scatter and gather; meter <c>Bigrain.Query</c>.</summary>
public sealed class QueryInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Bigrain.Query";

    private readonly Histogram<double> _duration;
    private readonly Counter<long> _degraded;
    private readonly Counter<long> _hedges;
    private readonly Counter<long> _secondTries;
    private readonly Counter<long> _repeats;
    private readonly Counter<long> _suspects;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">Makes the meter; null for one that nobody owns.</param>
    public QueryInstruments(IMeterFactory? meters)
    {
#pragma warning disable CA2000 // a meter lives as long as its process
        Meter meter = meters?.Create(MeterName) ?? new Meter(MeterName);
#pragma warning restore CA2000
        _duration = meter.CreateHistogram<double>("bigrain.query.duration", "s", "Time of one query in its coordinator, by outcome.");
        _degraded = meter.CreateCounter<long>("bigrain.query.degraded", "{query}", "Answers that are not complete, by reason.");
        _hedges = meter.CreateCounter<long>("bigrain.query.hedges", "{call}", "Races with a late silo, by who won.");
        _secondTries = meter.CreateCounter<long>("bigrain.query.second.tries", "{try}", "Second tries on another silo after a refusal.");
        _repeats = meter.CreateCounter<long>("bigrain.query.repeats", "{repeat}", "Repeats of both passes after a lost verification.");
        _suspects = meter.CreateCounter<long>("bigrain.query.suspects", "{silo}", "Silos that became suspect.");
    }

    /// <summary>Records one query.</summary>
    /// <param name="outcome"><c>complete</c>, <c>degraded</c>, <c>cancelled</c> or <c>failed</c>.</param>
    /// <param name="duration">Its time.</param>
    public void RecordQuery(string outcome, TimeSpan duration) =>
        _duration.Record(duration.TotalSeconds, new TagList { { "outcome", outcome } });

    /// <summary>Counts an answer that is not complete.</summary>
    public void AddDegraded(string reason) => _degraded.Add(1, new TagList { { "reason", reason } });

    /// <summary>Counts a race between a late silo and its hedges.</summary>
    /// <param name="winner"><c>original</c> or <c>hedge</c>.</param>
    public void AddHedge(string winner) => _hedges.Add(1, new TagList { { "winner", winner } });

    /// <summary>Counts a second try.</summary>
    public void AddSecondTry() => _secondTries.Add(1);

    /// <summary>Counts a repeat of both passes.</summary>
    public void AddRepeat() => _repeats.Add(1);

    /// <summary>Counts a silo that became suspect.</summary>
    public void AddSuspect() => _suspects.Add(1);
}
