using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Manifests;
using Bigrain.Index.Scheduling;
using Bigrain.Index.Segments;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Partitions;

/// <summary>Builds segments for a partition: from closed tails, or from older segments without their dead slots.</summary>
/// <remarks>Builds run on their own threads, of each kind one at a time per silo. A freeze has a core to itself, as writers wait for it; a
/// merge beside it takes no more than its share.</remarks>
/// <param name="key">The partition.</param>
/// <param name="head">Its collection, with the schema of the generation.</param>
/// <param name="generation">Its generation.</param>
/// <param name="tables">Learned tables of the generation; null when it has none.</param>
/// <param name="services">Shared parts.</param>
/// <param name="livingDocuments">Counts the living documents of the partition.</param>
internal sealed class SegmentBuilder(
    PartitionKey key,
    CollectionHead head,
    GenerationRecord generation,
    LearnedTables? tables,
    PartitionServices services,
    Func<long> livingDocuments)
{
    private long _bytesFrozen;
    private long _bytesWritten;

    /// <summary>Bytes of documents frozen so far.</summary>
    public long BytesFrozen => Interlocked.Read(ref _bytesFrozen);

    /// <summary>Bytes of segments written so far; over <see cref="BytesFrozen"/> this is the write amplification.</summary>
    public long BytesWritten => Interlocked.Read(ref _bytesWritten);

    /// <summary>Builds a segment of the living rows of tails.</summary>
    /// <param name="tails">Closed tails, as they were when they were closed.</param>
    /// <param name="oldFloors">Floors before.</param>
    /// <param name="newFloors">Floors after.</param>
    /// <param name="cancellationToken">Gives up; nothing refers to what was written.</param>
    /// <returns>Its descriptor, or null when no row is alive.</returns>
    public async Task<SegmentDescriptor?> FreezeAsync(
        ImmutableArray<TailView> tails,
        ImmutableArray<long> oldFloors,
        ImmutableArray<long> newFloors,
        CancellationToken cancellationToken)
    {
        ImmutableArray<StreamRange> covers =
        [
            .. Enumerable.Range(0, newFloors.Length)
                .Where(stream => newFloors[stream] > oldFloors[stream])
                .Select(stream => new StreamRange(stream, oldFloors[stream], newFloors[stream] - 1)),
        ];
        return await BuildAsync(
            writer =>
            {
                foreach (TailView tail in tails)
                {
                    Add(writer, tail);
                }

                Interlocked.Add(ref _bytesFrozen, writer.LengthBytes);
                return Task.CompletedTask;
            },
            covers,
            Work.Freeze,
            cancellationToken);
    }

    /// <summary>Builds one segment of the living, unexpired slots of others.</summary>
    /// <param name="sources">Segments to merge, with the deletes to leave out.</param>
    /// <param name="cancellationToken">Gives up; nothing refers to what was written.</param>
    /// <returns>Its descriptor, or null when no slot is alive.</returns>
    public async Task<SegmentDescriptor?> MergeAsync(ImmutableArray<SegmentView> sources, CancellationToken cancellationToken)
    {
        ImmutableArray<StreamRange> covers =
        [
            .. sources.SelectMany(view => view.Descriptor.Covers)
                .GroupBy(range => range.Stream)
                .OrderBy(stream => stream.Key)
                .Select(stream => new StreamRange(stream.Key, stream.Min(range => range.First), stream.Max(range => range.Last))),
        ];
        return await BuildAsync(
            async writer =>
            {
                foreach (SegmentView view in sources)
                {
                    await SegmentCopy.RunAsync(
                        view.Segment, view.Deletes, writer, services.IdHash, services.Time.GetUtcNow(), cancellationToken);
                }
            },
            covers,
            Work.Merge,
            cancellationToken);
    }

    /// <summary>Builds one segment of whatever is put into it.</summary>
    /// <param name="fill">Adds the rows; runs on a thread of its own.</param>
    /// <param name="covers">Sequences it covers.</param>
    /// <param name="cancellationToken">Gives up; nothing refers to what was written.</param>
    /// <returns>Its descriptor, or null when no row was added.</returns>
    public Task<SegmentDescriptor?> BuildAsync(
        Func<SegmentWriter, Task> fill, ImmutableArray<StreamRange> covers, CancellationToken cancellationToken) =>
        BuildAsync(fill, covers, Work.Rebuild, cancellationToken);

    private async Task<SegmentDescriptor?> BuildAsync(
        Func<SegmentWriter, Task> fill, ImmutableArray<StreamRange> covers, Work work, CancellationToken cancellationToken)
    {
        SemaphoreSlim gate = work switch
        {
            Work.Freeze => services.FreezeGate,
            Work.Merge => services.MergeGate,
            _ => services.RebuildGate,
        };
        await gate.WaitAsync(cancellationToken);
        try
        {
            // Writers wait for freezes, nobody for merges.
            CpuPace? pace = work == Work.Merge ? CpuPace.Of(services.Options.MergeCpuShare, cancellationToken) : null;
            return await Task.Factory.StartNew(
                () => WriteAsync(fill, covers, pace, cancellationToken),
                cancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).Unwrap();
        }
        finally
        {
            gate.Release();
        }
    }

    private static void Add(SegmentWriter writer, TailView tail)
    {
        for (int row = 0; row < tail.RowCount; row++)
        {
            if (!tail.IsAlive(row))
            {
                continue;
            }

            var document = new SegmentRow
            {
                Id = tail.IdOf(row).Span,
                IdHash = tail.IdHashOf(row),
                Version = tail.VersionOf(row),
                Payload = tail.PayloadOf(row).Span,
                ExpiresAtMilliseconds = tail.ExpiresAtOf(row),
            };
            writer.Add(document, tail.VectorOf(row));
        }
    }

    private async Task<SegmentDescriptor?> WriteAsync(
        Func<SegmentWriter, Task> fill, ImmutableArray<StreamRange> covers, CpuPace? pace, CancellationToken cancellationToken)
    {
        ulong name = services.Random.NextUInt64();
        var settings = new SegmentWriterSettings(
            head.Schema,
            generation.Representations[0].Codec,
            generation.RotationSeed,
            LeafSeed: generation.RotationSeed ^ name,
            services.Coarse.ForSegment(IsSmallCollection()),
            services.WorkDirectory)
        {
            Tables = tables,
            Pace = pace,
        };
        using var writer = new SegmentWriter(settings);
        await fill(writer);
        if (writer.Count == 0)
        {
            return null;
        }

        SegmentDescriptor descriptor = await writer.WriteAsync(
            services.Store,
            SegmentLocation.Of(key, FormattableString.Invariant($"{name:x16}")),
            covers,
            cancellationToken);
        Interlocked.Add(ref _bytesWritten, descriptor.Files.Sum(file => file.LengthBytes));
        return descriptor;
    }

    // A partition knows only its own share. Hashing spreads documents within a few standard deviations of the mean, so
    // a collection below the limit is always seen as small; one slightly above it may be as well, which costs memory only.
    private bool IsSmallCollection()
    {
        double share = (double)services.Coarse.FlatBelow / generation.PartitionCount;
        return livingDocuments() < share + (4 * Math.Sqrt(share));
    }

    private enum Work
    {
        Freeze,
        Merge,
        Rebuild,
    }
}
