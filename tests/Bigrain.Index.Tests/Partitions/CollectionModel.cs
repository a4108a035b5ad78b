using System.Text;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Partitions;

/// <summary>What a collection must hold: a dictionary, with exact search.</summary>
internal sealed class CollectionModel(int dimension, Metric metric)
{
    private readonly SortedDictionary<string, (float[] Vector, string Payload)> _documents = new(StringComparer.Ordinal);

    public int Count => _documents.Count;

    public void Apply(IEnumerable<(string Id, float[]? Vector, string Payload)> rows)
    {
        foreach ((string id, float[]? vector, string payload) in rows)
        {
            if (vector is null)
            {
                _documents.Remove(id);
            }
            else
            {
                _documents[id] = (vector, payload);
            }
        }
    }

    public List<(string Id, float[]? Vector, string Payload)> RandomRows(SeededRandom random, int count, int idCount, double deletes = 0.2)
    {
        var rows = new List<(string, float[]?, string)>();
        for (int i = 0; i < count; i++)
        {
            string id = $"d{random.Next(idCount)}";
            rows.Add(random.Chance(deletes) ? (id, null, "") : (id, RandomVector(random), $"{{\"n\":{random.Next(1_000)}}}"));
        }

        return rows;
    }

    public float[] RandomVector(SeededRandom random)
    {
        var vector = new float[dimension];
        for (int i = 0; i < dimension; i++)
        {
            vector[i] = (random.Next(2_001) - 1_000) / 100f;
        }

        vector[0] += 0.5f;
        return vector;
    }

    /// <summary>Every document is there bit by bit, nothing else is, and exact search agrees.</summary>
    public async Task CheckAsync(PartitionRig rig, SeededRandom random, int idCount, CancellationToken cancellationToken)
    {
        for (int i = 0; i < idCount; i++)
        {
            string id = $"d{i}";
            StoredDocument? found = await rig.GetAsync(id, cancellationToken);
            if (_documents.TryGetValue(id, out (float[] Vector, string Payload) expected))
            {
                Assert.True(found is not null, $"document {id} is lost");
                Assert.Equal(expected.Vector, found.Vector);
                Assert.Equal(expected.Payload, Encoding.UTF8.GetString(found.Payload.Span));
            }
            else
            {
                Assert.True(found is null, $"document {id} came back");
            }
        }

        Assert.Equal(_documents.Count, rig.Host.Partitions.Sum(partition => partition.Statistics.DocumentCount));
        float[] query = RandomVector(random);
        QueryAnswer answer = await rig.QueryAsync(query, 10, cancellationToken);
        Assert.True(answer.Complete, answer.Reason);
        Assert.Equal(Nearest(query, 10), answer.Hits.Select(hit => Encoding.UTF8.GetString(hit.Id.Span)));
    }

    public IEnumerable<string> Nearest(float[] query, int k) => _documents
        .Select(pair => (pair.Key, Distance: Distance(query, pair.Value.Vector)))
        .OrderBy(pair => pair.Distance)
        .ThenBy(pair => pair.Key, StringComparer.Ordinal)
        .Take(k)
        .Select(pair => pair.Key);

    private float Distance(float[] x, float[] y)
    {
        double dot = 0, xx = 0, yy = 0, squared = 0;
        for (int i = 0; i < x.Length; i++)
        {
            dot += (double)x[i] * y[i];
            xx += (double)x[i] * x[i];
            yy += (double)y[i] * y[i];
            squared += ((double)x[i] - y[i]) * ((double)x[i] - y[i]);
        }

        return (float)(metric switch
        {
            Metric.L2 => squared,
            Metric.Dot => -dot,
            _ => -dot / Math.Sqrt(xx * yy),
        });
    }
}
