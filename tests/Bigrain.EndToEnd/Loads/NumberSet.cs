using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Api.Documents;
using Bigrain.Api.Queries;

namespace Bigrain.EndToEnd.Loads;

/// <summary>A seeded set of documents with small whole numbers as vectors: distances are exact in any order of summation, so answers can
/// be predicted to the last bit, also those that lack partitions.</summary>
internal sealed class NumberSet : IExpectation
{
    private const int Largest = 40;
    private const int Queries = 64;
    private const double Tolerance = 1e-6;

    private readonly float[][] _vectors;
    private readonly float[][] _queries;
    private readonly string[] _ids;
    private readonly int[] _partitions;
    private readonly (int Squared, int Row)[][] _ranked;
    private readonly Dictionary<string, int> _rows;

    public NumberSet(string collection, int seed, int count, int dimension, int partitions)
    {
        Collection = collection;
        Dimension = dimension;
        PartitionCount = partitions;
        Random random = new(seed);
        _vectors = Make(random, count, dimension);
        _queries = Make(random, Queries, dimension);
        _ids = [.. Enumerable.Range(0, count).Select(i => string.Create(CultureInfo.InvariantCulture, $"{collection}-{i}"))];
        _partitions = [.. _ids.Select(id => PartitionOf(id, partitions))];
        _ranked = [.. _queries.Select(Rank)];
        _rows = Enumerable.Range(0, count).ToDictionary(row => _ids[row], StringComparer.Ordinal);
    }

    public string Collection { get; }

    public int Dimension { get; }

    public int PartitionCount { get; }

    public int Count => _vectors.Length;

    public int QueryCount => Queries;

    /// <summary>Share of the partitions under which an answer is an error; 0 takes every flagged answer.</summary>
    public double MinCoverage { get; init; } = 1;

    /// <summary>Whether it is searched by codes, which may miss a neighbour: then every hit must be a document of this set with its exact
    /// score, once and in order, and as many as asked unless the answer is flagged; another generation's or a stale one would break that.</summary>
    public bool IsApproximate { get; init; }

    public IEnumerable<Document> Documents => _ids.Select((id, i) => new Document { Id = id, VectorBase64 = Bytes(_vectors[i]) });

    public static byte[] Bytes(float[] vector) => MemoryMarshal.AsBytes(vector.AsSpan()).ToArray();

    /// <summary>The partition of an id: <c>floor(h * P / 2^64)</c>, h the XxHash3-64 of the id.</summary>
    public static int PartitionOf(string id, int partitions) =>
        (int)Math.BigMul(XxHash3.HashToUInt64(Encoding.UTF8.GetBytes(id)), (ulong)partitions, out _);

    public QueryRequest Query(int index) => new() { VectorBase64 = Bytes(_queries[index]), K = 10, MinCoverage = MinCoverage };

    public string? FaultOf(int index, QueryReply reply)
    {
        if (reply.Verified != "all")
        {
            // Scores are estimates: what is found must still be documents of this set.
            return reply.Hits.FirstOrDefault(hit => !hit.Id.StartsWith(Collection, StringComparison.Ordinal)) is { } strange ? $"{strange.Id} was never written" : null;
        }

        if (IsApproximate)
        {
            return ApproximateFaultOf(index, reply);
        }

        // Partitions that are behind are listed as missing too, beside others that are gone; what they have is in the answer.
        HashSet<int> gone = [.. reply.Missing.Except(reply.Hits.Select(hit => PartitionOf(hit.Id, PartitionCount)))];
        (int Squared, int Row)[] expected = [.. _ranked[index].Where(ranked => !gone.Contains(_partitions[ranked.Row])).Take(10)];
        if (reply.Hits.Count != expected.Length)
        {
            return $"{reply.Hits.Count} hits instead of {expected.Length}";
        }

        for (int i = 0; i < expected.Length; i++)
        {
            QueryHit hit = reply.Hits[i];
            (int squared, int row) = expected[i];
            if (hit.Id != _ids[row] || Math.Abs(hit.Score - Math.Sqrt(squared)) > Tolerance * Math.Sqrt(squared))
            {
                return $"hit {i} is {hit.Id} at {hit.Score} instead of {_ids[row]} (partition {_partitions[row]}) at {Math.Sqrt(squared)}";
            }
        }

        return null;
    }

    private string? ApproximateFaultOf(int index, QueryReply reply)
    {
        if (reply.Hits.Count > 10 || (reply.Complete && reply.Hits.Count < 10))
        {
            return $"{reply.Hits.Count} hits instead of 10";
        }

        for (int i = 0; i < reply.Hits.Count; i++)
        {
            QueryHit hit = reply.Hits[i];
            if (!_rows.TryGetValue(hit.Id, out int row))
            {
                return $"hit {i} is {hit.Id}, which is not of this set";
            }

            int expected = Squared(_vectors[row], _queries[index]);
            if (Math.Abs(hit.Score - Math.Sqrt(expected)) > Tolerance * Math.Sqrt(expected))
            {
                return $"hit {i} is {hit.Id} at {hit.Score} instead of {Math.Sqrt(expected)}";
            }

            if (i > 0 && reply.Hits[i - 1].Score > hit.Score)
            {
                return $"hit {i} is closer than the one before";
            }
        }

        return reply.Hits.Select(static hit => hit.Id).Distinct().Count() == reply.Hits.Count ? null : "a document is found twice";
    }

    private static float[][] Make(Random random, int count, int dimension) =>
        [.. Enumerable.Range(0, count).Select(_ => Enumerable.Range(0, dimension).Select(_ => (float)random.Next(-Largest, Largest + 1)).ToArray())];

    private static int Squared(float[] left, float[] right) => left.Zip(right, static (a, b) => (int)((a - b) * (a - b))).Sum();

    private (int Squared, int Row)[] Rank(float[] query) =>
    [
        .. _vectors.Select((vector, row) => (Squared: Squared(vector, query), Row: row))
            .OrderBy(static ranked => ranked.Squared)
            .ThenBy(ranked => _ids[ranked.Row], StringComparer.Ordinal),
    ];
}
