using System.Collections.Immutable;
using Bigrain.Index.Memory;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Partitions;

/// <summary>Everything a query needs of a partition at one moment: immutable and complete.</summary>
/// <remarks>A query takes one snapshot and holds a reference to the end; segments and tails live as long as a snapshot shows them.</remarks>
internal sealed class PartitionSnapshot : RefCounted
{
    private PartitionSnapshot(ImmutableArray<SegmentView> segments, ImmutableArray<TailView> tails, ImmutableArray<long> applied)
    {
        Segments = segments;
        Tails = tails;
        Applied = applied;
    }

    /// <summary>Segments in manifest order.</summary>
    public ImmutableArray<SegmentView> Segments { get; }

    /// <summary>Tails, oldest first; the last one still grows.</summary>
    public ImmutableArray<TailView> Tails { get; }

    /// <summary>Last applied sequence per stream; 0 for none.</summary>
    public ImmutableArray<long> Applied { get; }

    /// <summary>Makes a snapshot that shares its segments and tails.</summary>
    public static PartitionSnapshot Create(
        ImmutableArray<SegmentView> segments, ImmutableArray<TailView> tails, ImmutableArray<long> applied)
    {
        foreach (SegmentView view in segments)
        {
            Share(view.Segment.TryAddReference());
        }

        foreach (TailView view in tails)
        {
            Share(view.Tail.TryAddReference());
        }

        return new PartitionSnapshot(segments, tails, applied);

        static void Share(bool alive)
        {
            if (!alive)
            {
                throw new InvalidOperationException("a snapshot was made of something already freed");
            }
        }
    }

    /// <inheritdoc/>
    protected override void Free()
    {
        foreach (SegmentView view in Segments)
        {
            view.Segment.Release();
        }

        foreach (TailView view in Tails)
        {
            view.Tail.Release();
        }
    }
}
