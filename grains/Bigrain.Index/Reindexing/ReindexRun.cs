using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Jobs;
using Bigrain.Index.Models;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Reindexing;

/// <summary>One run of a reindex job, from whatever its record and HEAD say was reached before.</summary>
/// <remarks>
/// <para>Planned: HEAD gives a number away and names the generation. Building: its partitions are made of pinned manifests.
/// Catching up: all owners load them and read the log. Verifying. Published: one compare-and-swap of HEAD. Draining: the
/// generation before leaves memory, but not the store.</para>
/// <para>Writes go on throughout: every generation that HEAD names follows the same streams. So nothing acknowledged is lost by
/// a publish or a rollback, whichever way and however often.</para>
/// </remarks>
internal sealed class ReindexRun
{
    private readonly ReindexParts _parts;
    private readonly JobContext _job;
    private readonly CollectionIncarnation _incarnation;
    private ReindexBody _body;

    public ReindexRun(ReindexParts parts, JobContext job, CollectionIncarnation incarnation)
    {
        _parts = parts;
        _job = job;
        _incarnation = incarnation;
        _body = job.ReadBody(FormatJson.Default.ReindexBody);
    }

    private TimeProvider Time => _parts.Services.Time;

    private ReindexAction Action => _body.Request.Action;

    /// <summary>Does what is left to do.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        CollectionHead head = await ReadHeadAsync(cancellationToken);
        if (Action == ReindexAction.Discard)
        {
            await DiscardAsync(head, cancellationToken);
            return;
        }

        if (_body.Generation is null || (Action == ReindexAction.Build && !_body.IsBuilt))
        {
            head = Action == ReindexAction.Build ? await PlanAsync(head, cancellationToken) : await ChooseAsync(head, cancellationToken);
        }

        GenerationRecord target = await GenerationAsync(_body.Generation!.Value, cancellationToken);
        GenerationRecord source = await GenerationAsync(_body.SourceGeneration!.Value, cancellationToken);
        if (Action == ReindexAction.Build && !_body.IsBuilt)
        {
            ImmutableArray<PinnedPartition> pinned = await PinAsync(head, source, cancellationToken);
            await BuildAsync(head, source, target, pinned, cancellationToken);
        }

        if (head.CurrentGeneration != target.Generation)
        {
            await CatchUpAsync(head, target, cancellationToken);
            using var published = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            Task kept = KeepAsync(head, target, published.Token);
            try
            {
                await VerifyAsync(head, source, target, cancellationToken);
                if (Action == ReindexAction.Verify || (Action == ReindexAction.Build && !_body.Request.Publish))
                {
                    return;
                }

                await OpenAsync(head, target, cancellationToken);
                await PublishAsync(target, cancellationToken);
            }
            finally
            {
                await published.CancelAsync();
                await kept.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }

        await DrainAsync(source, target, cancellationToken);
    }

    /// <summary>Chooses the generation that HEAD has ready.</summary>
    private async Task<CollectionHead> ChooseAsync(CollectionHead head, CancellationToken cancellationToken)
    {
        ReindexRules.Require(head, Action);
        int chosen = ReindexRules.Choose(head, Action);
        _body = _body with { Generation = chosen, SourceGeneration = head.CurrentGeneration, ChosenAt = Time.GetUtcNow() };
        await SaveAsync("planned", 0, 0, cancellationToken);
        return head;
    }

    /// <summary>Gives the new generation a number, describes it, and has HEAD name it.</summary>
    private async Task<CollectionHead> PlanAsync(CollectionHead head, CancellationToken cancellationToken)
    {
        if (_body.Generation is { } begun && head.BuildingGeneration == begun)
        {
            return head;
        }

        await SaveAsync("planned", 0, 0, cancellationToken);
        _parts.FailPoints.Hit("reindex.planned");
        ReindexRules.Require(head, Action);
        GenerationRecord source = await GenerationAsync(head.CurrentGeneration, cancellationToken);
        ReindexPlan plan = await ReindexPlan.MakeAsync(_parts, head, source, _body.Request, await SentModelAsync(cancellationToken), cancellationToken);
        await plan.RequireFeasibleAsync(head, source, cancellationToken);
        if (_body.Generation is null)
        {
            CollectionHead counted = await _parts.Catalog.UpdateAsync(
                head.Name, _incarnation, was => was with { LastGeneration = was.NextGeneration }, cancellationToken);
            _body = _body with
            {
                Generation = counted.LastGeneration,
                SourceGeneration = head.CurrentGeneration,
                RotationSeed = _parts.Services.Random.NextUInt64(),
                ChosenAt = Time.GetUtcNow(),
            };
            await SaveAsync("planned", 0, 0, cancellationToken);
        }

        _parts.FailPoints.Hit("reindex.allocated");
        GenerationRecord? target = await _parts.Catalog.FindGenerationAsync(_incarnation, _body.Generation!.Value, cancellationToken);
        if (target is null)
        {
            target = plan.Describe(head, source, _body);
            if (ReindexPlan.MustLearn(target))
            {
                ImmutableArray<PinnedPartition> pinned = plan.HasModel ? [] : await PinSegmentsAsync(head, source, "planned", cancellationToken);
                target = await plan.LearnAsync(head, target, pinned, cancellationToken);
            }

            await _parts.Catalog.WriteGenerationAsync(_incarnation, target, cancellationToken);
        }

        head = await _parts.Catalog.UpdateAsync(head.Name, _incarnation, was => Named(was, target), cancellationToken);
        _parts.Cluster.Forget(head.Name);
        return head;
    }

    /// <summary>The model that came with the request, which is kept beside the job.</summary>
    private async Task<TrainedModel?> SentModelAsync(CancellationToken cancellationToken) => _body.Request.Model is null
        ? null
        : TrainedModel.Parse(
            DataPaths.JobInput(_job.Id, 0), await new JobInputs(_parts.Services.Store, Time).ReadAsync(_job.Id, 0, cancellationToken));

    private CollectionHead? Named(CollectionHead was, GenerationRecord target)
    {
        if (was.BuildingGeneration == target.Generation)
        {
            return null;
        }

        // Sources are of the generation that was current: another one since would have other partitions. And whoever gave this job up
        // gave its number up with it, so that a runner that slept meanwhile does not bring back what may be collected by now.
        return was.BuildingGeneration is null && was.CurrentGeneration == _body.SourceGeneration && was.LastGeneration == target.Generation
            ? was with { BuildingGeneration = target.Generation, MinReaderVersion = Math.Max(was.MinReaderVersion, target.NeededReaderVersion) }
            : throw ReindexRules.Conflict($"'{was.Name}' got another generation meanwhile: start again");
    }

    /// <summary>Takes hold of what the new generation is made of. HEAD names that generation by now, so that the log above these floors stays.</summary>
    private async Task<ImmutableArray<PinnedPartition>> PinAsync(CollectionHead head, GenerationRecord source, CancellationToken cancellationToken)
    {
        if (_body.IsPinned)
        {
            return await ReadPinsAsync(cancellationToken);
        }

        ImmutableArray<PinnedPartition> pinned = await PinSegmentsAsync(head, source, "building", cancellationToken);
        _body = _body with { IsPinned = true };
        await SaveAsync("building", 0, 0, cancellationToken);
        _parts.FailPoints.Hit("reindex.pinned");
        return pinned;
    }

    /// <summary>Pins the segments of the source. The pin is durable first; then the manifests are read again, and only if they still are
    /// what was pinned, nobody can have given up any of it before the pin could be seen.</summary>
    private async Task<ImmutableArray<PinnedPartition>> PinSegmentsAsync(
        CollectionHead head, GenerationRecord source, string stage, CancellationToken cancellationToken)
    {
        ImmutableArray<int> partitions =
            [.. Enumerable.Range(0, source.PartitionCount).Where(partition => _body.Request.Partitions?.Contains(partition) ?? true)];
        await _parts.Cluster.FreezeAsync(head, [.. partitions.Select(partition => KeyOf(source, partition))], cancellationToken);
        while (true)
        {
            ImmutableArray<PinnedPartition> pinned = await ReadSourcesAsync(head, source, partitions, cancellationToken);
            string blob = $"{DataPaths.JobData(_job.Id)}sources-{_parts.Services.Random.NextUInt64():x16}";
            await new SettledWrites(_parts.Services.Store, Time).CreateAsync(blob, PinnedPartitions.Encode(pinned), cancellationToken);
            _body = _body with { SourcesBlob = blob };
            await SaveAsync(stage, 0, 0, cancellationToken);
            ImmutableArray<PinnedPartition> again = await ReadSourcesAsync(head, source, partitions, cancellationToken);
            if (again.Select(partition => partition.Manifest.Revision).SequenceEqual(pinned.Select(partition => partition.Manifest.Revision)))
            {
                return pinned;
            }
        }
    }

    private async Task<ImmutableArray<PinnedPartition>> ReadSourcesAsync(
        CollectionHead head, GenerationRecord source, ImmutableArray<int> partitions, CancellationToken cancellationToken)
    {
        var read = ImmutableArray.CreateBuilder<PinnedPartition>();
        foreach (int partition in partitions)
        {
            PartitionKey key = KeyOf(source, partition);
            var manifests = new Manifests.ManifestStore(
                _parts.Services.Store, Time, key.Incarnation, key.Generation, key.Partition, head.Schema.StreamCount);
            read.Add(new PinnedPartition(key, (await manifests.ReadAsync(cancellationToken)).Manifest));
        }

        return read.ToImmutable();
    }

    /// <summary>Has every partition of the new generation built by the silo that is its primary; a manifest that exists is a partition
    /// that is built, whoever did it.</summary>
    private async Task BuildAsync(
        CollectionHead head,
        GenerationRecord source,
        GenerationRecord target,
        ImmutableArray<PinnedPartition> pinned,
        CancellationToken cancellationToken)
    {
        _job.Unit = "documents";
        await SaveAsync("building", 0, 0, cancellationToken);
        _parts.FailPoints.Hit("reindex.building");
        ImmutableArray<int> own = OwnPartitions(target);
        var known = new PartitionBuildStatus[own.Length];
        while (known.Any(status => status.State != PartitionBuildState.Built))
        {
            known = await Task.WhenAll(known.Select((status, i) => status.State == PartitionBuildState.Built
                ? Task.FromResult(status)
                : _parts.Cluster.BuildAsync(
                    head,
                    KeyOf(target, own[i]),
                    PinnedPartitions.Overlapping(pinned, source.PartitionCount, own[i], target.PartitionCount),
                    source.PartitionCount,
                    cancellationToken)));
            await _job.ReportAsync(known.Sum(status => status.Done), known.Sum(status => status.Total), cancellationToken);
            if (known.Any(status => status.State != PartitionBuildState.Built))
            {
                await Task.Delay(_parts.PollPeriod, Time, cancellationToken);
            }
        }

        _body = _body with { IsBuilt = true };
        await SaveAsync("catchingUp", 0, target.PartitionCount, cancellationToken);
    }

    private async Task<ImmutableArray<PinnedPartition>> ReadPinsAsync(CancellationToken cancellationToken)
    {
        BlobContent content = await _parts.Services.Store.ReadAsync(_body.SourcesBlob!, cancellationToken)
            ?? throw new CorruptBlobException(_body.SourcesBlob!, 0, "the pinned manifests of a running job", "no blob");
        return PinnedPartitions.Decode(content.Bytes.Span);
    }

    private async Task CatchUpAsync(CollectionHead head, GenerationRecord target, CancellationToken cancellationToken)
    {
        _job.Unit = "partitions";
        await SaveAsync("catchingUp", 0, target.PartitionCount, cancellationToken);
        _parts.FailPoints.Hit("reindex.catchingUp");
        await OpenAsync(head, target, cancellationToken);
        await _job.ReportAsync(target.PartitionCount, target.PartitionCount, cancellationToken);
    }

    /// <summary>Loads the generation on all owners.</summary>
    private async Task OpenAsync(CollectionHead head, GenerationRecord target, CancellationToken cancellationToken)
    {
        long began = Time.GetTimestamp();
        while (true)
        {
            try
            {
                await _parts.Cluster.OpenAsync(head, KeysOf(target), cancellationToken);
                return;
            }
            catch (BigrainException error) when (error.Code == ErrorCode.Overloaded)
            {
                if (Time.GetElapsedTime(began) > _parts.MemoryPatience)
                {
                    throw ReindexRules.Conflict($"generation {target.Generation} does not fit beside generation {head.CurrentGeneration}: {error.Message}");
                }

                await Task.Delay(_parts.PollPeriod, Time, cancellationToken);
            }
        }
    }

    /// <summary>Keeps the generation loaded while it is looked at: nobody else asks for it yet.</summary>
    private async Task KeepAsync(CollectionHead head, GenerationRecord target, CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(_parts.KeepPeriod, Time, cancellationToken);
            try
            {
                await _parts.Cluster.OpenAsync(head, KeysOf(target), cancellationToken);
            }
            catch (BigrainException)
            {
                // What cannot be loaded fails the step that needs it.
            }
        }
    }

    private async Task VerifyAsync(CollectionHead head, GenerationRecord source, GenerationRecord target, CancellationToken cancellationToken)
    {
        await SaveAsync("verifying", 0, target.PartitionCount, cancellationToken);
        _parts.FailPoints.Hit("reindex.verifying");
        ReindexReport report = await new ReindexVerification(_parts, head, source, target)
            .RunAsync(_body.Request, (done, total) => _job.ReportAsync(done, total, cancellationToken), cancellationToken);
        _body = _body with { Report = report };
        _job.SetResult(report, FormatJson.Default.ReindexReport);
        await SaveAsync("verifying", target.PartitionCount, target.PartitionCount, cancellationToken);
    }

    private async Task PublishAsync(GenerationRecord target, CancellationToken cancellationToken)
    {
        _parts.FailPoints.Hit("reindex.publishing");

        // Before the swap: whoever cancels from now on is told that it is too late, and never that nothing was published when it was.
        await _job.SaveAsync(static record => record with { IsCommitted = true }, cancellationToken);
        DateTimeOffset now = Time.GetUtcNow();
        await _parts.Catalog.UpdateAsync(_job.Collection, _incarnation, was => Published(was, target.Generation, now), cancellationToken);
        _parts.Cluster.Forget(_job.Collection);
        _parts.FailPoints.Hit("reindex.swapped");
    }

    private CollectionHead? Published(CollectionHead was, int target, DateTimeOffset now)
    {
        if (was.CurrentGeneration == target)
        {
            return null;
        }

        CollectionHead swapped = was with { CurrentGeneration = target, PreviousGeneration = was.CurrentGeneration, PublishedAt = now };
        return was.CurrentGeneration == _body.SourceGeneration && was.BuildingGeneration == target
            ? swapped with { BuildingGeneration = null }
            : was.CurrentGeneration == _body.SourceGeneration && was.PreviousGeneration == target
                ? swapped
                : throw ReindexRules.Conflict($"generation {target} of '{was.Name}' was discarded, or another one was published, meanwhile");
    }

    /// <summary>Waits until the generation that answered before has left memory: its queries are over, and so is the need for both.</summary>
    private async Task DrainAsync(GenerationRecord source, GenerationRecord target, CancellationToken cancellationToken)
    {
        if (_body.Report is { } report)
        {
            _body = _body with { Report = report with { Published = true } };
            _job.SetResult(_body.Report, FormatJson.Default.ReindexReport);
        }

        await _job.SaveAsync(record => record with { IsCommitted = true, Stage = "published" }, cancellationToken);
        _parts.FailPoints.Hit("reindex.published");
        ImmutableArray<PartitionKey> leaving = [.. KeysOf(source).Except(KeysOf(target))];
        await SaveAsync("draining", 0, leaving.Length, cancellationToken);
        _parts.FailPoints.Hit("reindex.draining");
        long began = Time.GetTimestamp();
        while (_parts.Cluster.IsAnyLoaded(leaving) && Time.GetElapsedTime(began) < _parts.DrainTimeout)
        {
            await Task.Delay(_parts.PollPeriod, Time, cancellationToken);
        }

        await SaveAsync("draining", leaving.Length, leaving.Length, cancellationToken);
    }

    private async Task DiscardAsync(CollectionHead head, CancellationToken cancellationToken)
    {
        if (_body.Generation is null)
        {
            // Chosen once: done again it would give up the next one.
            _body = _body with { Generation = ReindexRules.Choose(head, Action) };
            await SaveAsync("planned", 0, 0, cancellationToken);
        }

        int discarded = _body.Generation.Value;
        await _parts.Catalog.UpdateAsync(
            head.Name,
            _incarnation,
            was => ReindexRules.Without(was, discarded),
            cancellationToken);
        _parts.Cluster.Forget(_job.Collection);
    }

    private async Task<CollectionHead> ReadHeadAsync(CancellationToken cancellationToken) =>
        await _parts.Catalog.UpdateAsync(_job.Collection, _incarnation, static _ => null, cancellationToken);

    private Task<GenerationRecord> GenerationAsync(int generation, CancellationToken cancellationToken) =>
        _parts.Catalog.ReadGenerationAsync(_incarnation, generation, cancellationToken);

    private PartitionKey KeyOf(GenerationRecord generation, int partition) => new(_incarnation, generation.HomeOf(partition), partition);

    private ImmutableArray<PartitionKey> KeysOf(GenerationRecord generation) =>
        [.. Enumerable.Range(0, generation.PartitionCount).Select(partition => KeyOf(generation, partition))];

    private static ImmutableArray<int> OwnPartitions(GenerationRecord generation) =>
        [.. Enumerable.Range(0, generation.PartitionCount).Where(partition => generation.HomeOf(partition) == generation.Generation)];

    private Task SaveAsync(string stage, long done, long total, CancellationToken cancellationToken) =>
        _job.SaveAsync(_body, FormatJson.Default.ReindexBody, stage, done, total, cancellationToken);
}
