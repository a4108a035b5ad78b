using Bigrain.Contracts;
using Bigrain.Contracts.Replicas;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Grains.Search;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Exact;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Replicas;

/// <summary>Passes what writers and other silos say on to the replicas of this silo.</summary>
[GrainType("bigrain.replicas")]
[SiloNamePlacement]
internal sealed partial class ReplicaHostGrain(
    PartitionKeeper keeper,
    ReplicaSupervisor supervisor,
    ReplicaView view,
    CollectionDirectory directory,
    PartitionBuilds builds,
    ILogger<ReplicaHostGrain> logger) : Grain, IReplicaHostGrain
{
    /// <inheritdoc/>
    public Task<bool> PushAsync(EntryPush push, CancellationToken cancellationToken) =>

        // Applying is work for a processor: in a turn of this grain every stream of the silo would wait for every other. A writer has
        // one push to a silo on its way, so there are never more than streams.
        Task.Run(() => ApplyAsync(push, cancellationToken), cancellationToken);

    /// <inheritdoc/>
    public Task<bool> HeartbeatAsync(WriterHeartbeat heartbeat, CancellationToken cancellationToken)
    {
        bool overfull = false;
        foreach (PartitionKey key in KeysOf(new CollectionIncarnation(heartbeat.Incarnation), heartbeat.Generation, heartbeat.Partitions, heartbeat.Others))
        {
            if (keeper.Find(key)?.Loaded is { } partition)
            {
                partition.Heard(heartbeat.Stream, heartbeat.Epoch, heartbeat.LastSequence);
                keeper.RequestMaintenance(partition);
                overfull |= partition.Overfull;
            }
        }

        return Task.FromResult(overfull);
    }

    /// <inheritdoc/>
    public Task<ReplicaReport> ExchangeAsync(ReplicaReport report, CancellationToken cancellationToken) =>
        Task.FromResult(supervisor.Exchange(report));

    /// <inheritdoc/>
    public Task OpenAsync(string collection, string[] partitions, CancellationToken cancellationToken) =>
        Task.WhenAll(partitions.Select(partition => keeper.OpenAsync(collection, PartitionKey.Parse(partition), cancellationToken)));

    /// <inheritdoc/>
    public async Task<WarmReply> WarmAsync(string collection, string partition, long maxDenseBytes, CancellationToken cancellationToken)
    {
        Partition opened = await keeper.OpenAsync(collection, PartitionKey.Parse(partition), cancellationToken);
        long read = maxDenseBytes > 0 ? await Task.Run(() => opened.WarmAsync(maxDenseBytes, cancellationToken), cancellationToken) : 0;
        PartitionStatistics held = opened.Statistics;
        return new WarmReply(held.DocumentCount, held.CoarseBytes, read);
    }

    /// <inheritdoc/>
    public Task FollowAsync(string partition, CancellationToken cancellationToken)
    {
        keeper.RequestFollow(PartitionKey.Parse(partition));
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task UnloadAsync(string incarnation, CancellationToken cancellationToken)
    {
        directory.Forget(new CollectionIncarnation(incarnation));
        view.Forget(incarnation);

        // A merge that runs ends first; the caller needs no more than that nothing begins on the word of the old HEAD.
        foreach (KeptPartition kept in keeper.Kept.Where(kept => kept.Key.Incarnation.Value == incarnation))
        {
            Task.Run(() => keeper.CloseAsync(kept.Key, CancellationToken.None), CancellationToken.None).Ignore();
        }

        return Task.CompletedTask;
    }

    private static IEnumerable<PartitionKey> KeysOf(
        CollectionIncarnation incarnation, int generation, int[] partitions, PartitionPlace[]? others) =>
        partitions.Select(partition => new PartitionKey(incarnation, generation, partition))
            .Concat((others ?? []).Select(place => new PartitionKey(incarnation, place.Generation, place.Partition)));

    /// <inheritdoc/>
    public Task<BuildStatus> BuildAsync(BuildOrder order, CancellationToken cancellationToken) => builds.AskAsync(order, cancellationToken);

    /// <inheritdoc/>
    public Task CancelBuildAsync(string partition, CancellationToken cancellationToken) =>
        builds.CancelAsync(PartitionKey.Parse(partition)).WaitAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<PackedBytes[]> DigestAsync(string collection, string[] partitions, CancellationToken cancellationToken)
    {
        Partition[] open = await OpenCurrentAsync(collection, partitions, cancellationToken);
        ContentDigest[] digests = await Task.Run(() => ContentDigest.Of(open, cancellationToken), cancellationToken);
        return Array.ConvertAll(digests, digest => new PackedBytes(digest.Encode()));
    }

    /// <inheritdoc/>
    public async Task<PackedBytes> ExactAsync(string collection, string[] partitions, PackedBytes request, CancellationToken cancellationToken)
    {
        ExactRequest queries = ExactRequest.Decode(request.Bytes);
        var replies = new List<ExactReply>();
        foreach (Partition partition in await OpenCurrentAsync(collection, partitions, cancellationToken))
        {
            replies.Add(await Task.Run(() => ExactPass.RunAsync(partition, queries, cancellationToken), cancellationToken));
            keeper.Touch(partition.Key);
        }

        return new PackedBytes(GrainSearchTransport.RequireSendable(ExactReply.Merge(replies, queries.K).Encode()));
    }

    /// <inheritdoc/>
    public async Task<PackedBytes> SampleAsync(
        string collection, string[] partitions, int count, long seed, CancellationToken cancellationToken)
    {
        var documents = new List<SampledDocument>();
        foreach (Partition partition in await OpenCurrentAsync(collection, partitions, cancellationToken))
        {
            documents.AddRange(await Task.Run(() => VectorSample.DrawAsync(partition, count, (ulong)seed, cancellationToken), cancellationToken));
        }

        return new PackedBytes(GrainSearchTransport.RequireSendable(SampledDocument.Encode(documents)));
    }

    /// <inheritdoc/>
    public async Task<PackedBytes> VersionsAsync(
        string collection, string partition, int stream, long sequence, PackedBytes ids, CancellationToken cancellationToken)
    {
        Partition open = await keeper.OpenAsync(collection, PartitionKey.Parse(partition), cancellationToken);
        if (open.AppliedSequence(stream) < sequence)
        {
            await open.CatchUpAsync(stream, cancellationToken);
        }

        ReadOnlyMemory<byte>[] wanted = FetchedDocument.DecodeIds(ids.Bytes);
        IReadOnlyList<WriteCondition> versions = await Task.Run(
            () => (IReadOnlyList<WriteCondition>)[.. open.VersionsOf(wanted).Select((version, i) => new WriteCondition(i, version))], cancellationToken);

        // Following another silo's manifest may have happened between: what is read must be as new as was asked.
        return open.AppliedSequence(stream) >= sequence
            ? new PackedBytes(WriteCondition.Encode(versions))
            : throw new BigrainException(ErrorCode.Unavailable, $"partition {partition} has not applied entry {sequence} of stream {stream} yet: retry");
    }

    /// <summary>Opens partitions and reads their logs to the end.</summary>
    private async Task<Partition[]> OpenCurrentAsync(string collection, string[] partitions, CancellationToken cancellationToken)
    {
        Partition[] open = await Task.WhenAll(partitions.Select(
            partition => keeper.OpenAsync(collection, PartitionKey.Parse(partition), cancellationToken)));
        await Task.WhenAll(open.Select(partition => partition.CatchUpAsync(cancellationToken)));
        return open;
    }

    private async Task<bool> ApplyAsync(EntryPush push, CancellationToken cancellationToken)
    {
        var stream = new StreamKey(new CollectionIncarnation(push.Incarnation), push.Stream);
        LogEntry entry = LogEntry.Parse(stream, push.Sequence, DataPaths.WalEntry(stream.Incarnation, push.Stream, push.Sequence), push.Entry);
        bool[] overfull = await Task.WhenAll(KeysOf(stream.Incarnation, push.Generation, push.Partitions, push.Others)
            .Select(key => ApplyAsync(push.Collection, key, entry, cancellationToken)));
        return Array.Exists(overfull, full => full);
    }

    /// <summary>Passes an entry on to a partition that does not answer queries, without waiting: one that lags reads the log in the
    /// background, and must not keep the entry from those that answer.</summary>
    private void ApplyToSpare(Partition partition, LogEntry entry)
    {
        if (entry.Sequence == partition.AppliedSequence(entry.Stream) + 1)
        {
            partition.PushAsync(entry, CancellationToken.None).AsTask().Ignore();
        }

        keeper.RequestMaintenance(partition);
    }

    /// <summary>Applies an entry to a partition that is loaded; one that is not reads the log when it is.</summary>
    /// <returns>Whether its tail is overfull.</returns>
    private async Task<bool> ApplyAsync(string collection, PartitionKey key, LogEntry entry, CancellationToken cancellationToken)
    {
        // What is written to is in use, unless it is of a generation that does not answer: that one must come to rest.
        bool isSpare = keeper.IsSpare(collection, key);
        if (keeper.Find(key)?.Loaded is not { } partition)
        {
            if (!isSpare)
            {
                keeper.OpenAsync(collection, key, CancellationToken.None).Ignore();
            }

            return false;
        }

        if (isSpare)
        {
            ApplyToSpare(partition, entry);
            return partition.Overfull;
        }

        keeper.Touch(key);
        try
        {
            if (entry.Sequence > partition.AppliedSequence(entry.Stream))
            {
                await partition.PushAsync(entry, cancellationToken);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            // One partition that cannot take it must not keep it from the others; it reads the log before it answers again.
            if (FaultTranslation.FromFault(error).Code is not ErrorCode.Unavailable)
            {
                LogNotApplied(logger, error, key, entry.Sequence);
            }
        }

        keeper.RequestMaintenance(partition);
        return partition.Overfull;
    }
}
