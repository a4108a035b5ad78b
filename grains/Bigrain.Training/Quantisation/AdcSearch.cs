using Bigrain.Kernels.Distances;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>Scores codes against queries by look-up tables of floats, all of them or those of some coarse lists.</summary>
/// <remarks>The score of a document is the inner product of the rotated query and what the code stands for, to the rounding of
/// the sums. Unsafe because the inner loop reads codes and tables by pointer: M bytes a document, M tables of
/// 2^bits entries. Safe for concurrent use as long as nobody changes the codebooks.</remarks>
public sealed unsafe class AdcSearch
{
    private const int BlockDocuments = 512;

    private readonly ProductCodes _codes;
    private readonly ProductCodebooks _codebooks;
    private readonly Matrix? _centroids;
    private readonly int[][] _members = [];

    /// <summary>Prepares a search.</summary>
    /// <param name="codes">Codes of the documents.</param>
    /// <param name="codebooks">Codebooks that score.</param>
    /// <param name="centroids">Coarse centroids; null if the codes have none.</param>
    public AdcSearch(ProductCodes codes, ProductCodebooks codebooks, Matrix? centroids = null)
    {
        ArgumentNullException.ThrowIfNull(codes);
        ArgumentNullException.ThrowIfNull(codebooks);
        ArgumentOutOfRangeException.ThrowIfNotEqual(codes.SubspaceCount, codebooks.SubspaceCount);
        if (codes.Lists is null != centroids is null)
        {
            throw new ArgumentException("codes with coarse lists need their centroids, codes without have none", nameof(centroids));
        }

        (_codes, _codebooks, _centroids) = (codes, codebooks, centroids);
        if (centroids is not null)
        {
            var members = Enumerable.Range(0, centroids.Rows).Select(_ => new List<int>()).ToArray();
            for (var document = 0; document < codes.Count; document++)
            {
                members[codes.Lists![document]].Add(document);
            }

            _members = [.. members.Select(list => list.ToArray())];
        }
    }

    /// <summary>Finds the best documents of each query.</summary>
    /// <param name="rotatedQueries">Queries in the rotated space, one a row.</param>
    /// <param name="count">Documents for each query.</param>
    /// <param name="probes">Coarse lists to look into, those of the highest centroid scores; 0 for all.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    /// <returns>Rows of documents, best first; equal scores by row number.</returns>
    public int[][] Search(Matrix rotatedQueries, int count, int probes = 0, int threads = MatrixProduct.DefaultThreads) =>
        [.. SearchScored(rotatedQueries, count, probes, threads).Select(found => found.Rows)];

    /// <summary>Finds the best documents of each query, with their scores.</summary>
    /// <param name="rotatedQueries">Queries in the rotated space, one a row.</param>
    /// <param name="count">Documents for each query.</param>
    /// <param name="probes">Coarse lists to look into, those of the highest centroid scores; 0 for all.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    /// <param name="cancellation">Stops between queries.</param>
    public ScoredRows[] SearchScored(
        Matrix rotatedQueries,
        int count,
        int probes = 0,
        int threads = MatrixProduct.DefaultThreads,
        CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(rotatedQueries);
        ArgumentOutOfRangeException.ThrowIfNotEqual(rotatedQueries.Columns, _codebooks.Dimension);
        var results = new ScoredRows[rotatedQueries.Rows];
        FixedChunks.Run(rotatedQueries.Rows, 8, threads, (first, queries) =>
        {
            var top = new TopScores(Math.Clamp(count, 1, Math.Max(1, _codes.Count)));
            var table = new float[_codebooks.SubspaceCount << _codebooks.Bits];
            for (var query = first; query < first + queries; query++)
            {
                FillTable(rotatedQueries.Row(query), table);
                if (_centroids is null)
                {
                    ScanAll(table, top);
                }
                else
                {
                    ScanLists(rotatedQueries.Row(query), table, probes, top);
                }

                results[query] = top.Take();
            }
        }, cancellation);
        return results;
    }

    /// <summary>Scores chosen documents of one query.</summary>
    /// <param name="rotatedQuery">The query in the rotated space.</param>
    /// <param name="documents">Rows of the documents.</param>
    public float[] Score(ReadOnlySpan<float> rotatedQuery, ReadOnlySpan<int> documents)
    {
        var table = new float[_codebooks.SubspaceCount << _codebooks.Bits];
        FillTable(rotatedQuery, table);
        var scores = new float[documents.Length];
        for (var i = 0; i < documents.Length; i++)
        {
            var coarse = _centroids is null ? 0 : DotProduct.Compute(rotatedQuery, _centroids.Row(_codes.Lists![documents[i]]));
            scores[i] = coarse + Sum(table, _codes.Of(documents[i]), _codebooks.Bits);
        }

        return scores;
    }

    private static float Sum(float[] table, ReadOnlySpan<byte> code, int bits)
    {
        float sum = 0;
        for (var subspace = 0; subspace < code.Length; subspace++)
        {
            sum += table[(subspace << bits) + code[subspace]];
        }

        return sum;
    }

    /// <summary>Sums of documents that follow one another; each is one chain over the subspaces.</summary>
    private static void Sums(float* table, byte* codes, int subspaces, int bits, int count, float* scores)
    {
        var document = 0;
        for (; document + 4 <= count; document += 4)
        {
            var a = codes;
            var b = a + subspaces;
            var c = b + subspaces;
            var d = c + subspaces;
            float sumA = 0, sumB = 0, sumC = 0, sumD = 0;
            var entries = table;
            for (var subspace = 0; subspace < subspaces; subspace++)
            {
                sumA += entries[a[subspace]];
                sumB += entries[b[subspace]];
                sumC += entries[c[subspace]];
                sumD += entries[d[subspace]];
                entries += 1 << bits;
            }

            (scores[document], scores[document + 1]) = (sumA, sumB);
            (scores[document + 2], scores[document + 3]) = (sumC, sumD);
            codes += 4 * subspaces;
        }

        for (; document < count; document++)
        {
            float sum = 0;
            for (var subspace = 0; subspace < subspaces; subspace++)
            {
                sum += table[(subspace << bits) + codes[subspace]];
            }

            scores[document] = sum;
            codes += subspaces;
        }
    }

    private void FillTable(ReadOnlySpan<float> query, float[] table)
    {
        for (var subspace = 0; subspace < _codebooks.SubspaceCount; subspace++)
        {
            DotProduct.ScanMany(
                query.Slice(_codebooks.Start(subspace), _codebooks.Width(subspace)),
                _codebooks.Book(subspace),
                table.AsSpan(subspace << _codebooks.Bits, _codebooks.WordCount));
        }
    }

    private void ScanAll(float[] table, TopScores top)
    {
        var scores = stackalloc float[BlockDocuments];
        fixed (float* entries = table)
        fixed (byte* codes = _codes.Values)
        {
            for (var first = 0; first < _codes.Count; first += BlockDocuments)
            {
                var count = Math.Min(BlockDocuments, _codes.Count - first);
                var block = codes + ((nint)first * _codes.SubspaceCount);
                Sums(entries, block, _codes.SubspaceCount, _codebooks.Bits, count, scores);
                top.AddRange(new ReadOnlySpan<float>(scores, count), first);
            }
        }
    }

    private void ScanLists(ReadOnlySpan<float> query, float[] table, int probes, TopScores top)
    {
        var coarse = new float[_centroids!.Rows];
        DotProduct.ScanMany(query, _centroids.Values, coarse);
        var best = new TopScores(probes <= 0 ? coarse.Length : Math.Min(probes, coarse.Length));
        best.AddRange(coarse, 0);
        foreach (var list in best.Take().Rows)
        {
            foreach (var document in _members[list])
            {
                top.Add(coarse[list] + Sum(table, _codes.Of(document), _codebooks.Bits), document);
            }
        }
    }
}
