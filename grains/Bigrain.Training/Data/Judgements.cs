namespace Bigrain.Training.Data;

/// <summary>Which documents are relevant to which query.</summary>
/// <remarks>Rows of a query are ascending and different. Immutable; safe for concurrent use.</remarks>
public sealed class Judgements
{
    private readonly int[][] _relevant;

    /// <summary>Copies judgements.</summary>
    /// <param name="relevant">Rows of the relevant documents of each query, in any order; a query may have none.</param>
    public Judgements(IReadOnlyList<int[]> relevant)
    {
        ArgumentNullException.ThrowIfNull(relevant);
        _relevant = [.. relevant.Select(rows => rows.Distinct().Order().ToArray())];
    }

    /// <summary>Number of queries.</summary>
    public int QueryCount => _relevant.Length;

    /// <summary>Rows of the relevant documents of a query, ascending.</summary>
    /// <param name="query">Row of the query.</param>
    public ReadOnlySpan<int> Of(int query) => _relevant[query];

    /// <summary>Whether a document is relevant to a query.</summary>
    /// <param name="query">Row of the query.</param>
    /// <param name="document">Row of the document.</param>
    public bool Contains(int query, int document) => Of(query).BinarySearch(document) >= 0;
}
