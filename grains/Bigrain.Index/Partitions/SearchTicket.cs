using Bigrain.Index.Models;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Partitions;

/// <summary>What a query keeps on a silo between its coarse pass and its verification.</summary>
/// <remarks>Holds the snapshots, so that every address of the reply stays resolvable whatever is frozen, merged or
/// dropped meanwhile. One owner at a time; disposing releases the snapshots.</remarks>
internal sealed class SearchTicket : IDisposable
{
    private readonly List<PartitionSnapshot> _snapshots = [];
    private readonly List<SearchSource> _sources = [];

    public SearchTicket(long id, SearchRequest request, long expiresAt)
    {
        Id = id;
        Request = request;
        ExpiresAt = expiresAt;
    }

    /// <summary>Number that the verification names.</summary>
    public long Id { get; }

    /// <summary>The query.</summary>
    public SearchRequest Request { get; }

    /// <summary>Metric of the representation.</summary>
    public Metric Metric { get; private set; }

    /// <summary>Trained model of the generation; null: none.</summary>
    public ModelTransform? Model { get; private set; }

    /// <summary>Partitions of the generation.</summary>
    public int PartitionCount { get; private set; } = 1;

    /// <summary>When nobody can ask any more, as a timestamp of the host's clock.</summary>
    public long ExpiresAt { get; }

    /// <summary>Segments and tails in the order of their ordinals.</summary>
    public IReadOnlyList<SearchSource> Sources => _sources;

    /// <summary>Takes over a snapshot and numbers its segments and tails.</summary>
    public void Add(Partition partition, PartitionSnapshot snapshot)
    {
        int number = partition.Key.Partition;
        PartitionCount = partition.Generation.PartitionCount;
        Metric = partition.Head.Schema.Representations[Request.Representation].Metric;
        Model = partition.Model;
        _snapshots.Add(snapshot);
        foreach (SegmentView view in snapshot.Segments)
        {
            _sources.Add(new SearchSource(number, view, null));
        }

        foreach (TailView view in snapshot.Tails)
        {
            _sources.Add(new SearchSource(number, null, view));
        }
    }

    public void Dispose()
    {
        foreach (PartitionSnapshot snapshot in _snapshots)
        {
            snapshot.Release();
        }

        _snapshots.Clear();
    }
}
