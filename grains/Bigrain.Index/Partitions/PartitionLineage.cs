using Bigrain.Index.Errors;
using Bigrain.Index.Log;

namespace Bigrain.Index.Partitions;

/// <summary>What an open partition holds of one manifest and of the log above its floors; following a newer manifest makes a new one.</summary>
internal sealed class PartitionLineage : IAsyncDisposable
{
    private readonly long[] _readToEndAt;
    private bool _isLost;

    private PartitionLineage(PartitionState state, PartitionCommitter committer, PartitionMaintenance maintenance, int streamCount)
    {
        _readToEndAt = new long[streamCount];
        State = state;
        Committer = committer;
        Maintenance = maintenance;
    }

    /// <summary>What is applied and searched.</summary>
    public PartitionState State { get; }

    /// <summary>The durable side.</summary>
    public PartitionCommitter Committer { get; }

    /// <summary>Freezes and merges.</summary>
    public PartitionMaintenance Maintenance { get; }

    /// <summary>Whether it cannot go on: somebody else swapped the manifest, an entry failed half-way, or the log
    /// was trimmed above what is applied.</summary>
    public bool IsFenced => State.IsBroken || Maintenance.IsFenced || IsLost;

    /// <summary>Whether the log was trimmed above what is applied: what is missing cannot be read from it.</summary>
    public bool IsLost => Volatile.Read(ref _isLost);

    /// <summary>Opens the manifest's segments, then applies the log above its floors.</summary>
    /// <param name="parts">The partition.</param>
    /// <param name="mayFreeze">Whether a long log may be frozen on the way, which only the primary does.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<PartitionLineage> OpenAsync(PartitionParts parts, bool mayFreeze, CancellationToken cancellationToken)
    {
        PartitionCommitter committer = await PartitionCommitter.OpenAsync(parts.Key, parts.Head.Schema, parts.Tables, parts.Services, cancellationToken);
        var state = new PartitionState(
            parts.Key.Partition, parts.Router, parts.Head.Schema.Default, parts.Head.Schema.StreamCount, parts.Services.Budget, parts.Services.Time);
        var lineage = new PartitionLineage(
            state, committer, new PartitionMaintenance(parts.Key, parts.Services, state, parts.Applying, committer, parts.Builder), parts.Head.Schema.StreamCount);
        try
        {
            await lineage.LoadAsync(parts, mayFreeze, cancellationToken);
            return lineage;
        }
        catch
        {
            await lineage.DisposeAsync();
            throw;
        }
    }

    /// <summary>Tells how much of the log it has, once it is the lineage that answers.</summary>
    public void ReportFreshness(PartitionParts parts)
    {
        foreach (int stream in parts.Streams)
        {
            parts.Freshness.ReadToEnd(stream, _readToEndAt[stream]);
        }
    }

    /// <summary>Notes that entries it has not applied are no longer in the log.</summary>
    public void Lose() => Volatile.Write(ref _isLost, true);

    /// <summary>Ends freezes and merges, then frees everything once the last query let go.</summary>
    public async ValueTask DisposeAsync()
    {
        await Maintenance.DisposeAsync();
        State.Close();
    }

    private async Task LoadAsync(PartitionParts parts, bool mayFreeze, CancellationToken cancellationToken)
    {
        State.Load(await Committer.OpenSegmentsAsync(cancellationToken), Committer.Manifest.Floors);
        foreach (int stream in parts.Streams)
        {
            _readToEndAt[stream] = parts.Services.Time.GetTimestamp();
            await foreach (LogEntry entry in parts.Readers[stream].ReadFromAsync(Committer.Manifest.Floors[stream], cancellationToken))
            {
                State.Apply(entry);
                if (mayFreeze && Maintenance.FreezeIsDue)
                {
                    // A long log after a crash must not grow the tail past its budget.
                    State.Publish();
                    await Maintenance.FreezeAsync(cancellationToken);
                }
            }

            // The manifest may have been replaced and the log trimmed since it was read: then its end was not found.
            if (await parts.Readers[stream].ReadFloorAsync(cancellationToken) > Committer.Manifest.Floors[stream])
            {
                throw new BigrainException(
                    ErrorCode.Unavailable, $"the log of stream {stream} was trimmed while partition {parts.Key} was opened: retry");
            }
        }

        State.Publish();
    }
}
