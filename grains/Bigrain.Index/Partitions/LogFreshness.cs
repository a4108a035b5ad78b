namespace Bigrain.Index.Partitions;

/// <summary>Until when a replica is known to have all of each stream's log: by the writer's heartbeats, or by reading to the log's end.</summary>
/// <remarks>A writer that lost its epoch may still speak: what it says counts only until a later epoch was heard. Thread safe.</remarks>
internal sealed class LogFreshness
{
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly long[] _freshAt;
    private readonly long[] _readAt;
    private readonly long[] _epochs;
    private readonly long[] _announced;

    /// <summary>Makes one that knows nothing.</summary>
    public LogFreshness(int streamCount, TimeProvider time)
    {
        _time = time;
        _freshAt = new long[streamCount];
        _readAt = new long[streamCount];
        _epochs = new long[streamCount];
        _announced = new long[streamCount];
        Array.Fill(_freshAt, long.MinValue);
        Array.Fill(_readAt, long.MinValue);
    }

    /// <summary>Takes in a writer's heartbeat.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="epoch">Its epoch.</param>
    /// <param name="lastSequence">Last sequence that it acknowledged.</param>
    /// <param name="applied">Last sequence that the replica has applied.</param>
    /// <returns>Whether the replica lacks entries: it must read the log.</returns>
    public bool Heard(int stream, long epoch, long lastSequence, long applied)
    {
        lock (_gate)
        {
            if (epoch < _epochs[stream])
            {
                return false;
            }

            _epochs[stream] = epoch;
            _announced[stream] = Math.Max(_announced[stream], lastSequence);
            if (applied < _announced[stream])
            {
                return true;
            }

            _freshAt[stream] = _time.GetTimestamp();
            return false;
        }
    }

    /// <summary>Notes that the log was read to its end.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="readAt">Timestamp taken before the read that found the end.</param>
    public void ReadToEnd(int stream, long readAt)
    {
        lock (_gate)
        {
            _freshAt[stream] = Math.Max(_freshAt[stream], readAt);
            _readAt[stream] = Math.Max(_readAt[stream], readAt);
        }
    }

    /// <summary>Whether the log was read to its end by a read that began after a moment; a heartbeat does not count.</summary>
    public bool WasReadSince(int stream, long timestamp)
    {
        lock (_gate)
        {
            return _readAt[stream] > timestamp;
        }
    }

    /// <summary>How old the knowledge of a stream is; the largest span when there is none.</summary>
    public TimeSpan AgeOf(int stream)
    {
        lock (_gate)
        {
            return _freshAt[stream] == long.MinValue ? TimeSpan.MaxValue : _time.GetElapsedTime(_freshAt[stream]);
        }
    }
}
