namespace Bigrain.Training.Locality;

/// <summary>The bipartite graph of queries and the documents that the sparse index returns for them.</summary>
/// <remarks>BiDR, section 3.3. A query leads to its candidates, a document back to the queries whose candidate it is; the
/// positives of a query are no candidates of it. The released code takes ranks 200 to 400 for the way back, the paper
/// the same as forth: both windows are given here. All lists are in rank or query order: nothing depends on how a hash
/// set enumerates. Immutable.</remarks>
public sealed class CandidateGraph
{
    private readonly int[][] _forward;
    private readonly int[][] _backward;
    private readonly int[][] _positives;

    /// <summary>Builds the graph.</summary>
    /// <param name="candidates">Ranked document rows of each query, best first, as deep as the windows reach.</param>
    /// <param name="positives">Relevant document rows of each query.</param>
    /// <param name="documentCount">Number of documents.</param>
    /// <param name="forward">Ranks that a query leads to, counted without its positives.</param>
    /// <param name="backward">Ranks from which a document leads back, counted without positives.</param>
    /// <exception cref="ArgumentException">The lists differ in length, a window is empty or a query has no positive.</exception>
    public CandidateGraph(
        int[][] candidates, int[][] positives, int documentCount, RankWindow forward, RankWindow backward)
    {
        ArgumentNullException.ThrowIfNull(candidates);
        ArgumentNullException.ThrowIfNull(positives);
        forward.Validate();
        backward.Validate();
        if (candidates.Length != positives.Length)
        {
            throw new ArgumentException($"candidates of {candidates.Length} queries, positives of {positives.Length}");
        }

        if (positives.Any(documents => documents.Length == 0))
        {
            throw new ArgumentException("a query without a positive cannot be trained on; leave it out");
        }

        DocumentCount = documentCount;
        _positives = positives;
        _forward = new int[candidates.Length][];
        var back = new List<int>?[documentCount];
        for (var query = 0; query < candidates.Length; query++)
        {
            var own = new HashSet<int>(positives[query]);
            int[] ranked = [.. candidates[query].Where(document => !own.Contains(document))];
            _forward[query] = Slice(ranked, forward).ToArray();
            foreach (var document in Slice(ranked, backward))
            {
                (back[document] ??= []).Add(query);
            }
        }

        _backward = [.. back.Select(queries => queries is null ? [] : queries.ToArray())];
    }

    /// <summary>Number of queries.</summary>
    public int QueryCount => _forward.Length;

    /// <summary>Number of documents.</summary>
    public int DocumentCount { get; }

    /// <summary>Candidates of a query, best first.</summary>
    /// <param name="query">Position of the query in the lists given.</param>
    public ReadOnlySpan<int> Forward(int query) => _forward[query];

    /// <summary>Queries that a document leads back to, in their order.</summary>
    /// <param name="document">Row of the document.</param>
    public ReadOnlySpan<int> Backward(int document) => _backward[document];

    /// <summary>Relevant documents of a query.</summary>
    /// <param name="query">Position of the query in the lists given.</param>
    public ReadOnlySpan<int> Positives(int query) => _positives[query];

    private static ReadOnlySpan<int> Slice(int[] ranked, RankWindow window)
    {
        var first = Math.Min(window.First, ranked.Length);
        return ranked.AsSpan(first, Math.Min(window.End, ranked.Length) - first);
    }
}
