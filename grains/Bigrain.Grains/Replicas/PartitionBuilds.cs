using System.Collections.Concurrent;
using Bigrain.Contracts.Faults;
using Bigrain.Contracts.Replicas;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Faults;
using Bigrain.Index.Errors;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Reindexing;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Replicas;

/// <summary>The builds of partitions that run on this silo.</summary>
/// <remarks>Nothing of it outlives the silo: a partition's MANIFEST says that it is built. Thread safe.</remarks>
internal sealed partial class PartitionBuilds(
    PartitionServices services, CollectionDirectory directory, ILogger<PartitionBuilds> logger) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<PartitionKey, Build> _builds = new();
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>Starts a build, or says how far it is.</summary>
    public async Task<BuildStatus> AskAsync(BuildOrder order, CancellationToken cancellationToken)
    {
        PartitionKey key = PartitionKey.Parse(order.Partition);
        if (!_builds.TryGetValue(key, out Build? build))
        {
            if (order.Sources.Bytes.Length == 0)
            {
                return await IsBuiltAsync(order, key, cancellationToken)
                    ? new BuildStatus(BuildState.Built, 0, 0, null, null)
                    : new BuildStatus(BuildState.Unknown, 0, 0, null, null);
            }

            ObjectDisposedException.ThrowIf(_stopping.IsCancellationRequested, this);
            build = _builds.GetOrAdd(key, static _ => new Build());
            build.Start(token => RunAsync(order, key, build, token), _stopping.Token);
        }

        if (!build.Task.IsCompleted)
        {
            return new BuildStatus(BuildState.Running, build.Done, build.Total, null, null);
        }

        _builds.TryRemove(new KeyValuePair<PartitionKey, Build>(key, build));
        try
        {
            await build.Task;
            return new BuildStatus(BuildState.Built, build.Done, build.Total, null, null);
        }
        catch (OperationCanceledException)
        {
            return new BuildStatus(BuildState.Failed, build.Done, build.Total, FaultCode.Unavailable, "the build was ended");
        }
#pragma warning disable CA1031 // it is told to whoever asked
        catch (Exception error)
#pragma warning restore CA1031
        {
            BigrainException failure = FaultTranslation.FromFault(error);
            return new BuildStatus(BuildState.Failed, build.Done, build.Total, (FaultCode)failure.Code, failure.Message);
        }
    }

    /// <summary>Ends a build and waits for its end.</summary>
    public async Task CancelAsync(PartitionKey key)
    {
        if (_builds.TryRemove(key, out Build? build))
        {
            await build.EndAsync();
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_builds.Values.Select(build => build.EndAsync()));
        _stopping.Dispose();
    }

    private async Task<bool> IsBuiltAsync(BuildOrder order, PartitionKey key, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetAsync(order.Collection, cancellationToken);
        var manifests = new ManifestStore(
            services.Store, services.Time, key.Incarnation, key.Generation, key.Partition, known.Head.Schema.StreamCount);
        return (await manifests.ReadAsync(cancellationToken)).Tag is not null;
    }

    private async Task RunAsync(BuildOrder order, PartitionKey key, Build build, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetAsync(order.Collection, cancellationToken);
        if (known.Head.Incarnation != key.Incarnation)
        {
            throw new BigrainException(ErrorCode.NotFound, $"collection '{order.Collection}' was dropped meanwhile", "collection");
        }

        var request = new PartitionBuildRequest(
            known.Head,
            await directory.GetGenerationAsync(known.Head, key.Generation, cancellationToken),
            key.Partition,
            PinnedPartitions.Decode(order.Sources.Bytes),
            order.SourcePartitionCount);
        try
        {
            PartitionBuildReport report = await PartitionBuild.RunAsync(request, services, build, cancellationToken);
            if (report.Created)
            {
                LogBuilt(logger, key, report.Documents, report.SegmentCount, report.BytesWritten);
            }
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            LogBuildFailed(logger, error, key);
            throw;
        }
    }

    private sealed class Build : IProgress<BuildProgress>
    {
        private readonly Lock _gate = new();
        private CancellationTokenSource? _ending;
        private Task? _task;
        private long _done;
        private long _total;

        public Task Task => _task ?? Task.CompletedTask;

        public long Done => Interlocked.Read(ref _done);

        public long Total => Interlocked.Read(ref _total);

        /// <summary>Starts it, unless another caller did.</summary>
        public void Start(Func<CancellationToken, Task> run, CancellationToken stopping)
        {
            lock (_gate)
            {
                if (_task is null)
                {
                    _ending = CancellationTokenSource.CreateLinkedTokenSource(stopping);
                    _task = Task.Run(() => run(_ending.Token), CancellationToken.None);
                }
            }
        }

        public async Task EndAsync()
        {
            if (_ending is { } ending)
            {
                await ending.CancelAsync();
                await Task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                ending.Dispose();
            }
        }

        void IProgress<BuildProgress>.Report(BuildProgress value)
        {
            Interlocked.Exchange(ref _total, value.Total);
            Interlocked.Exchange(ref _done, value.Done);
        }
    }
}
