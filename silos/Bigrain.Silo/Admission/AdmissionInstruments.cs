using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Bigrain.Silo.Admission;

/// <summary>Metrics of what is let in; meter <c>Bigrain.Admission</c>.</summary>
internal sealed class AdmissionInstruments
{
    private readonly Meter _meter;
    private readonly Counter<long> _admitted;
    private readonly Counter<long> _rejected;
    private readonly Histogram<double> _wait;
    private readonly Histogram<double> _rejection;

    /// <summary>Makes the instruments.</summary>
    public AdmissionInstruments(IMeterFactory meters)
    {
        _meter = meters.Create("Bigrain.Admission");
        _admitted = _meter.CreateCounter<long>("bigrain.admission.admitted", "{request}", "Requests let in, by kind.");
        _rejected = _meter.CreateCounter<long>("bigrain.admission.rejected", "{request}", "Requests refused as overloaded, by kind.");
        _wait = _meter.CreateHistogram<double>("bigrain.admission.wait", "s", "Time that an admitted request waited for its turn.");
        _rejection = _meter.CreateHistogram<double>("bigrain.admission.rejection.duration", "s", "Time until a request was refused.");
    }

    /// <summary>Counts a request let in after a wait.</summary>
    public void AddAdmitted(string kind, TimeSpan waited)
    {
        _admitted.Add(1, new TagList { { "kind", kind } });
        _wait.Record(waited.TotalSeconds, new TagList { { "kind", kind } });
    }

    /// <summary>Counts a refusal, with the time it took.</summary>
    public void AddRejected(string kind, TimeSpan duration)
    {
        _rejected.Add(1, new TagList { { "kind", kind } });
        _rejection.Record(duration.TotalSeconds, new TagList { { "kind", kind } });
    }

    /// <summary>Reports what waits whenever somebody reads the metrics.</summary>
    public void Watch(Func<long> queued) =>
        _meter.CreateObservableGauge("bigrain.admission.queued", queued, "{place}", "Places that waiting queries ask for.");
}
