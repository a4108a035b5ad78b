using System.Collections.Immutable;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Errors;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Deletes;
using Bigrain.Index.Segments.Dense;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Reindexing;

/// <summary>Makes the learned tables of a new generation: PQ codebooks, trained on a sample of the documents that it will hold.</summary>
/// <remarks>The sample is grouped into as many leaves as a segment of the generation would have, and the codebooks are trained on what
/// is left of its rows beside their centroids, rotated: what segments code. Same segments and seeds, same tables.</remarks>
public static class TableTraining
{
    /// <summary>Fewest documents that a codeword is worth.</summary>
    public const int DocumentsPerCodeword = 39;

    /// <summary>Most rows that train a codeword: more make no better codebooks.</summary>
    private const int RowsPerCodeword = 64;

    private const int FewestRows = 8_192;

    /// <summary>Fewest rows that a centroid of the sample is worth.</summary>
    private const int RowsPerLeaf = 32;

    /// <summary>Documents that a collection must hold before a codec can be learned; 0 for codecs that are not learned.</summary>
    public static long DocumentsNeeded(CodecSpec codec) =>
        codec.Kind == CodecKind.Pq ? (long)DocumentsPerCodeword << codec.BitsPerCode : 0;

    /// <summary>Trains the tables of a generation.</summary>
    /// <param name="head">The collection.</param>
    /// <param name="codec">The codec to learn; a <c>pq</c>.</param>
    /// <param name="partitionCount">Partitions that the generation will have.</param>
    /// <param name="rotationSeed">Seed of its rotation.</param>
    /// <param name="sources">Partitions that hold the documents now; what is only in their tails is not looked at.</param>
    /// <param name="services">Shared parts of the silo.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: the segments hold fewer than <see cref="DocumentsNeeded"/>
    /// documents; the message has the numbers.</exception>
    /// <exception cref="CorruptBlobException">A record is not what was written.</exception>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public static async Task<LearnedTables> TrainAsync(
        CollectionHead head,
        CodecSpec codec,
        int partitionCount,
        ulong rotationSeed,
        ImmutableArray<PinnedPartition> sources,
        PartitionServices services,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(services);
        ArgumentOutOfRangeException.ThrowIfNotEqual((int)codec.Kind, (int)CodecKind.Pq, nameof(codec));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(partitionCount);
        RepresentationSchema representation = head.Schema.Default;
        var segments = new List<Source>();
        long alive = 0;
        foreach (PinnedPartition source in sources)
        {
            foreach (SegmentDescriptor descriptor in source.Manifest.Segments)
            {
                var location = SegmentLocation.Of(source.Key, descriptor.Name);
                DeleteBitmap deletes = await DeleteBitmap.ReadAsync(services.Store, location, descriptor, cancellationToken).ConfigureAwait(false);
                segments.Add(new Source(location, descriptor, deletes, alive));
                alive += deletes.AliveCount;
            }
        }

        if (alive < DocumentsNeeded(codec))
        {
            throw new BigrainException(
                ErrorCode.Conflict,
                FormattableString.Invariant($"codec {codec} is learned from at least {DocumentsNeeded(codec)} documents and the segments hold {alive}: load more, compact, or use rabitq"),
                "codec");
        }

        float[] rows = await SampleAsync(segments, alive, Wanted(codec, representation, services.Coarse), representation, rotationSeed, services, cancellationToken)
            .ConfigureAwait(false);
        await services.RebuildGate.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            return await Task.Factory.StartNew(
                () => Train(rows, alive / partitionCount, representation, codec, rotationSeed, services.Coarse, cancellationToken),
                cancellationToken,
                TaskCreationOptions.LongRunning,
                TaskScheduler.Default).ConfigureAwait(false);
        }
        finally
        {
            services.RebuildGate.Release();
        }
    }

    /// <summary>Trains codebooks on rows in memory.</summary>
    /// <param name="rows">Shape <c>[n, d]</c>, as written.</param>
    /// <param name="segmentDocuments">Documents of a segment that will be coded with them.</param>
    /// <param name="representation">What the rows are.</param>
    /// <param name="codec">The codec.</param>
    /// <param name="rotationSeed">Seed of the rotation, and of every random choice.</param>
    /// <param name="options">Settings.</param>
    /// <param name="cancellationToken">Gives up.</param>
    internal static LearnedTables Train(
        float[] rows,
        long segmentDocuments,
        RepresentationSchema representation,
        CodecSpec codec,
        ulong rotationSeed,
        CoarseOptions options,
        CancellationToken cancellationToken)
    {
        // Codebooks must meet residuals as long as those they will code: as many leaves as a segment has, though of fewer rows.
        int count = rows.Length / representation.Dimension;
        long leaves = Math.Clamp(segmentDocuments / options.LeafSize, 1, Math.Max(1, count / RowsPerLeaf));
        var settings = new CoarseOptions
        {
            FlatBelow = 0,
            LeafSize = (int)Math.Max(1, count / leaves),
            TrainingPasses = options.TrainingPasses,
            TrainingBytes = int.MaxValue,
            ProbeSampleCount = 0,
        };
        LeafLayout layout = LeafBuilder.Build(
            new MemoryVectorSource(rows, representation.Dimension), representation.Metric, settings, rotationSeed, cancellationToken);
        var slots = new MemoryVectorSource(rows, representation.Dimension, layout.RowOfSlot.ToArray());
        PqCodebooks codebooks = PqTraining.Train(slots, layout, representation.Metric, codec, rotationSeed, cancellationToken);
        return LearnedTables.Of(codebooks, rotationSeed);
    }

    private static int Wanted(CodecSpec codec, RepresentationSchema representation, CoarseOptions options)
    {
        int byCodewords = Math.Max(FewestRows, RowsPerCodeword << codec.BitsPerCode);
        int byMemory = Math.Max(1, options.TrainingBytes / (representation.Dimension * sizeof(float)));
        return (int)Math.Max(DocumentsNeeded(codec), Math.Min(byCodewords, byMemory));
    }

    private static async Task<float[]> SampleAsync(
        List<Source> segments,
        long alive,
        int wanted,
        RepresentationSchema representation,
        ulong seed,
        PartitionServices services,
        CancellationToken cancellationToken)
    {
        wanted = (int)Math.Min(wanted, alive);
        var rows = new float[wanted * representation.Dimension];
        int filled = 0;
        foreach (Source source in segments)
        {
            // Of n stretches of equal length each gives one row; a segment gives those whose rows are its own.
            var ordinals = new SortedSet<long>();
            for (long i = source.FirstAlive * wanted / alive; i <= (source.FirstAlive + source.Deletes.AliveCount) * wanted / alive && i < wanted; i++)
            {
                double place = (i + Kernels.Rotation.SplitMix64.Unit(seed, (ulong)i)) * alive / wanted;
                long ordinal = Math.Min(alive - 1, (long)place) - source.FirstAlive;
                if (ordinal >= 0 && ordinal < source.Deletes.AliveCount)
                {
                    ordinals.Add(ordinal);
                }
            }

            if (ordinals.Count > 0)
            {
                int[] slots = SlotsOf(source.Deletes, ordinals);
                using SegmentContent content = await services.Segments.OpenContentAsync(
                    source.Location, source.Descriptor, representation, cancellationToken).ConfigureAwait(false);
                DenseRecordLayout layout = content.Dense.Layout;
                var records = new byte[slots.Length * layout.RecordBytes];
                await content.Dense.ReadAsync(slots, records, cancellationToken).ConfigureAwait(false);
                for (int i = 0; i < slots.Length; i++, filled++)
                {
                    layout.Decode(
                        records.AsSpan(i * layout.RecordBytes, layout.RecordBytes),
                        rows.AsSpan(filled * representation.Dimension, representation.Dimension));
                }
            }
        }

        return filled == wanted ? rows : rows[..(filled * representation.Dimension)];
    }

    private static int[] SlotsOf(DeleteBitmap deletes, SortedSet<long> ordinals)
    {
        var slots = new List<int>(ordinals.Count);
        long ordinal = -1;
        for (int slot = 0; slot < deletes.SlotCount && slots.Count < ordinals.Count; slot++)
        {
            if (!deletes.IsDead(slot) && ordinals.Contains(++ordinal))
            {
                slots.Add(slot);
            }
        }

        return [.. slots];
    }

    private sealed record Source(SegmentLocation Location, SegmentDescriptor Descriptor, DeleteBitmap Deletes, long FirstAlive);
}
