using System.Globalization;
using System.Text;
using Bigrain.Grains.Collections;
using Bigrain.Index.Documents;
using Bigrain.Index.Queries;
using Bigrain.Index.Routing;
using Bigrain.TestKit.Randomness;

namespace Bigrain.Cluster.Tests;

/// <summary>Documents for tests, from a seed.</summary>
internal static class Documents
{
    /// <summary>Documents <c>first</c> to <c>first + count - 1</c>, each with a random vector of 8 dimensions.</summary>
    public static IEnumerable<(string Id, float[]? Vector)> Make(int first, int count, ulong seed = 1)
    {
        var random = new SeededRandom(seed + (ulong)first);
        for (int i = first; i < first + count; i++)
        {
            float[] vector = new float[8];
            for (int d = 0; d < vector.Length; d++)
            {
                vector[d] = random.Next(1_000) / 1_000f;
            }

            yield return (IdOf(i), vector);
        }
    }

    public static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"doc-{number:D5}");

    /// <summary>Partition of a document.</summary>
    public static int PartitionOf(CollectionSnapshot collection, string id) =>
        HashRange.Of(XxIdHash.Instance.Hash(Encoding.UTF8.GetBytes(id)), collection.Generation.PartitionCount);

    /// <summary>Ids of the hits, in order.</summary>
    public static string[] Ids(this QueryAnswer answer) => [.. answer.Hits.Select(hit => Encoding.UTF8.GetString(hit.Id.Span))];
}
