using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Garbage;

/// <summary>Deletes what no HEAD leads to and no job holds; safe beside writers, builders, reindexes, other collectors and its own
/// sleeping former self, whatever their clocks say.</summary>
/// <remarks>
/// <para>A pass: 1 the candidates of earlier passes; 2 previous generations whose time is over leave their HEADs; 3 what is
/// reachable (<see cref="LiveReader"/>); 4 everything below <c>data/</c> is listed: what is unreachable and was a candidate before
/// step 3 is deleted, the rest of it becomes a candidate; 5 logs are shortened by their owners; 6 jobs; 7 the new candidates.</para>
/// <para>Only what an earlier pass listed is deleted: it was there, whole or in part, before this pass read what is
/// reachable, and what is unreachable then stays so for ever. Doing it twice, or at once in two processes, is harmless. A read or
/// listing that fails ends the pass before the next deletion. Why this is right: docs/decisions/0012-garbage-without-clocks.md.</para>
/// </remarks>
public sealed partial class GarbageCollector
{
    private const int ConcurrentDeletes = 16;

    // What is whole has such a record, which only its own deletion removes; what it refers to is pinned.
    private const string BackupPrefix = "backups/";
    private const string BackupSuffix = "/BACKUP";

    private readonly GarbageServices _services;
    private readonly CandidateStore _candidates;
    private readonly SettledWrites _calls;
    private readonly ILogger _logger;
    private LiveView? _lastView;

    /// <summary>Makes a collector.</summary>
    /// <param name="services">What it works with.</param>
    public GarbageCollector(GarbageServices services)
    {
        ArgumentNullException.ThrowIfNull(services);
        _services = services;
        _candidates = new CandidateStore(services.Store, services.Time);
        _calls = new SettledWrites(services.Store, services.Time);
        _logger = services.Loggers.CreateLogger<GarbageCollector>();
    }

    /// <summary>Does one pass.</summary>
    /// <param name="request">What to do.</param>
    /// <param name="cancellationToken">Gives up between steps; nothing is half done.</param>
    /// <exception cref="BigrainException">A collection cannot be judged by this release, or collections change all the time.</exception>
    /// <exception cref="CorruptBlobException">A HEAD, GENERATION, manifest or pin is damaged: nothing is deleted on a partial view.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<GarbageReport> RunAsync(GarbageRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        TimeSpan grace = request.Grace ?? _services.Options.Grace;

        // 1
        (GarbageCandidates known, BlobTag? tag) = await _candidates.ReadAsync(cancellationToken);
        var pass = new GarbagePass(known, request.Delete, grace, _services);

        // 2
        int forgotten = request.Delete ? await ForgetPreviousAsync(cancellationToken) : 0;

        // 3
        PinSet? trustedPins = _services.Flaws.HasFlag(GarbageFlaws.SkipPinReread) ? _lastView?.Pins : null;
        var reader = new LiveReader(_services.Store, _services.Catalog, _services.Pins, _services.Time, _services.Flaws, trustedPins);
        LiveView view = _services.Flaws.HasFlag(GarbageFlaws.SkipHeadReread) && _lastView is { } last
            ? last
            : await reader.ReadAsync(pass.Due, request.Delete, cancellationToken);
        _lastView = _services.Flaws == GarbageFlaws.None ? null : view;

        // 4
        await SweepAsync(pass, view, cancellationToken);

        // 5
        int notTrimmed = await TrimAsync(pass, view, cancellationToken);

        // 6
        await new JobSweep(_services).RunAsync(pass, cancellationToken);

        // 7
        if (request.Delete && !await _candidates.TryWriteAsync(tag, pass.Next(), cancellationToken))
        {
            LogOvertaken();
        }

        var report = new GarbageReport(
            request.Delete, view.Collections.Count, pass.Tally.LiveCount, pass.Tally.LiveBytes, pass.Tally.UnknownCount,
            view.ManifestsBumped, forgotten, notTrimmed, pass.Tally.Lines)
        {
            GraceSeconds = grace.TotalSeconds,
        };
        LogDone(report.FoundCount, report.DeletedCount, request.Delete);
        return report;
    }

    private async Task<int> ForgetPreviousAsync(CancellationToken cancellationToken)
    {
        DateTimeOffset latest = _services.Time.GetUtcNow() - _services.Options.PreviousRetention;
        int forgotten = 0;
        foreach (CollectionHead head in await _services.Catalog.ListAsync(cancellationToken))
        {
            if (!IsOver(head))
            {
                continue;
            }

            try
            {
                await _services.Catalog.UpdateAsync(
                    head.Name, head.Incarnation, now => IsOver(now) ? now with { PreviousGeneration = null, LastGeneration = now.NextGeneration - 1 } : null, cancellationToken);
                forgotten++;
            }
            catch (BigrainException gone) when (gone.Code == ErrorCode.NotFound)
            {
                // Dropped meanwhile: then all of it is garbage.
            }
        }

        return forgotten;

        bool IsOver(CollectionHead head) => head.PreviousGeneration is not null && head.PublishedAt <= latest;
    }

    private async Task SweepAsync(GarbagePass pass, LiveView view, CancellationToken cancellationToken)
    {
        var condemned = new List<CondemnedBlob>();
        await foreach (BlobEntry entry in _services.Store.ListAsync(DataPaths.Data, null, cancellationToken))
        {
            switch (pass.Judge(entry, view))
            {
                case { } garbage when pass.MayDelete(garbage):
                    condemned.Add(garbage);
                    break;
                case { } garbage:
                    await KeepAsync(pass, garbage, cancellationToken);
                    break;
            }

            if (condemned.Count == ConcurrentDeletes)
            {
                await DeleteAsync(pass, condemned, cancellationToken);
            }
        }

        await foreach (BlobEntry entry in _services.Store.ListAsync(BackupPrefix, null, cancellationToken))
        {
            if (entry.Name.EndsWith(BackupSuffix, StringComparison.Ordinal) || view.Pins.Contains(entry.Name))
            {
                continue;
            }

            var garbage = new CondemnedBlob(entry, GarbageKind.Backups, entry.Name[..(entry.Name.LastIndexOf('/') + 1)], IsFenced: true);
            if (pass.MayDelete(garbage))
            {
                condemned.Add(garbage);
            }
            else
            {
                await KeepAsync(pass, garbage, cancellationToken);
            }

            if (condemned.Count == ConcurrentDeletes)
            {
                await DeleteAsync(pass, condemned, cancellationToken);
            }
        }

        await DeleteAsync(pass, condemned, cancellationToken);
    }

    private async Task DeleteAsync(GarbagePass pass, List<CondemnedBlob> condemned, CancellationToken cancellationToken)
    {
        bool[] deleted = await Task.WhenAll(condemned.Select(
            garbage => _calls.ReadAsync(token => _services.Store.DeleteAsync(garbage.Entry.Name, pass.TagOf(garbage), token), cancellationToken)));
        for (int i = 0; i < deleted.Length; i++)
        {
            // One that is gone was deleted by another collector, or by this one before a reply was lost.
            if (deleted[i] || pass.TagOf(condemned[i]) is null)
            {
                pass.Tally.AddDeleted(condemned[i].Kind, condemned[i].Entry.LengthBytes);
            }
            else
            {
                pass.Forget(condemned[i]);
                await KeepAsync(pass, condemned[i], cancellationToken);
            }
        }

        condemned.Clear();
    }

    private async Task KeepAsync(GarbagePass pass, CondemnedBlob garbage, CancellationToken cancellationToken)
    {
        pass.Tally.AddKept(garbage.Kind, garbage.Entry.LengthBytes);
        if (!pass.Keep(garbage) || garbage.Kind != GarbageKind.Incarnations)
        {
            return;
        }

        BlobProperties? generation = await _calls.ReadAsync(
            token => _services.Store.GetPropertiesAsync(garbage.Candidate + GarbagePass.FirstGeneration, token), cancellationToken);
        pass.SetTag(garbage, generation?.Tag);
    }

    private async Task<int> TrimAsync(GarbagePass pass, LiveView view, CancellationToken cancellationToken)
    {
        int failed = 0;
        foreach ((StreamKey key, List<(long Sequence, long Bytes)> entries) in pass.LogGarbage)
        {
            LiveCollection collection = view.Collections[key.Incarnation];
            long floor = 0;
            if (pass.Deletes)
            {
                try
                {
                    floor = await _services.Logs.TrimAsync(collection.Head.Name, key, pass.FloorOf(collection, view, key.Stream), cancellationToken);
                }
                catch (BigrainException failure)
                {
                    failed++;
                    LogCannotTrim(failure, key);
                }
            }

            foreach ((long sequence, long bytes) in entries)
            {
                if (sequence < floor)
                {
                    pass.Tally.AddDeleted(GarbageKind.LogEntries, bytes);
                }
                else
                {
                    pass.Tally.AddKept(GarbageKind.LogEntries, bytes);
                }
            }
        }

        return failed;
    }
}
