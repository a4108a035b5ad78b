namespace Bigrain.Index.Queries;

/// <summary>Order of hits: smaller rank distance first, ties by ordinal order of the ids' bytes.</summary>
internal sealed class QueryHitOrder : IComparer<QueryHit>
{
    public static QueryHitOrder Instance { get; } = new();

    public int Compare(QueryHit x, QueryHit y)
    {
        int byDistance = x.RankDistance.CompareTo(y.RankDistance);
        return byDistance != 0 ? byDistance : x.Id.Span.SequenceCompareTo(y.Id.Span);
    }
}
