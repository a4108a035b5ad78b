using System.Diagnostics.Metrics;

namespace Bigrain.TestKit.Metrics;

/// <summary>Meters whose measurements a test can read.</summary>
public class RecordedMeters : IMeterFactory
{
    private readonly Lock _lock = new();
    private readonly List<Meter> _meters = [];
    private readonly List<(string Name, double Value, string Tags)> _measurements = [];
    private readonly MeterListener _listener = new();

    public RecordedMeters()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (_meters.Contains(instrument.Meter))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public Meter Create(MeterOptions options)
    {
        options.Scope = this;
        var meter = new Meter(options);
        _meters.Add(meter);
        return meter;
    }

    public double Sum(string name, string tags = "")
    {
        lock (_lock)
        {
            return _measurements.Where(item => item.Name == name && item.Tags.Contains(tags, StringComparison.Ordinal)).Sum(item => item.Value);
        }
    }

    public int Count(string name, string tags = "")
    {
        lock (_lock)
        {
            return _measurements.Count(item => item.Name == name && item.Tags.Contains(tags, StringComparison.Ordinal));
        }
    }

    /// <summary>Asks all gauges.</summary>
    /// <returns>What each said, by its name.</returns>
    public IReadOnlyDictionary<string, double> Observe()
    {
        lock (_lock)
        {
            _measurements.Clear();
            _listener.RecordObservableInstruments();
            return _measurements.ToDictionary(item => item.Name, item => item.Value);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        _meters.ForEach(meter => meter.Dispose());
        GC.SuppressFinalize(this);
    }

    private void Record(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        string text = string.Join(' ', tags.ToArray().Select(tag => $"{tag.Key}={tag.Value}"));
        lock (_lock)
        {
            _measurements.Add((instrument.Name, value, text));
        }
    }
}
