namespace Bigrain.Index.Jobs;

/// <summary>Smoothed speed of a stage.</summary>
internal sealed class JobRate(TimeProvider time)
{
    // Each new measurement counts for so much.
    private const double Weight = 0.3;

    private static readonly TimeSpan ShortestSpan = TimeSpan.FromMilliseconds(250);

    private string? _stage;
    private long _done;
    private long _at;
    private double? _rate;

    /// <summary>Takes in how far the stage is.</summary>
    /// <returns>Units per second; null before the second look.</returns>
    public double? Note(string? stage, long done)
    {
        long now = time.GetTimestamp();
        TimeSpan span = time.GetElapsedTime(_at, now);
        if (stage != _stage || done < _done || _at == 0)
        {
            (_stage, _done, _at, _rate) = (stage, done, now, null);
        }
        else if (span >= ShortestSpan)
        {
            double measured = (done - _done) / span.TotalSeconds;
            _rate = _rate is { } before ? before + (Weight * (measured - before)) : measured;
            (_done, _at) = (done, now);
        }

        return _rate;
    }
}
