using Bigrain.Api.Queries;
using Bigrain.Client;

namespace Bigrain.EndToEnd.Loads;

/// <summary>Answers of a healthy cluster, against which later ones are held: the same blobs must give the same ids, order and scores.</summary>
internal sealed class RecordedAnswers : IExpectation
{
    private readonly List<byte[]> _queries = [];
    private readonly List<IReadOnlyList<QueryHit>> _answers = [];

    private RecordedAnswers(string collection) => Collection = collection;

    public string Collection { get; }

    public int QueryCount => _queries.Count;

    /// <summary>Asks every query once; an answer that is not complete ends the recording.</summary>
    public static async Task<RecordedAnswers> RecordAsync(BigrainClient client, string collection, IEnumerable<float[]> queries, int k, CancellationToken cancellationToken)
    {
        RecordedAnswers recorded = new(collection);
        foreach (float[] query in queries)
        {
            byte[] bytes = NumberSet.Bytes(query);
            QueryReply reply = await client.QueryAsync(collection, new QueryRequest { VectorBase64 = bytes, K = k }, cancellationToken);
            if (!reply.Complete || reply.Verified != "all")
            {
                throw new InvalidOperationException($"the answer to record is not complete: {reply.Reason}, verified {reply.Verified}");
            }

            recorded._queries.Add(bytes);
            recorded._answers.Add(reply.Hits);
        }

        return recorded;
    }

    public QueryRequest Query(int index) => new() { VectorBase64 = _queries[index], K = _answers[index].Count };

    public IReadOnlyList<QueryHit> Hits(int index) => _answers[index];

    public string? FaultOf(int index, QueryReply reply)
    {
        IReadOnlyList<QueryHit> expected = _answers[index];
        if (!reply.Complete)
        {
            // Fewer partitions answered, or scores are estimates: documents must still be found, in order.
            return reply.Hits.Count == 0 ? "no hits" : reply.Hits.Zip(reply.Hits.Skip(1)).Any(static pair => pair.First.Score > pair.Second.Score) ? "hits out of order" : null;
        }

        if (reply.Hits.Count != expected.Count)
        {
            return $"{reply.Hits.Count} hits instead of {expected.Count}";
        }

        for (int i = 0; i < expected.Count; i++)
        {
            if (reply.Hits[i].Id != expected[i].Id || reply.Hits[i].Score != expected[i].Score)
            {
                return $"hit {i} is {reply.Hits[i].Id} at {reply.Hits[i].Score:R} instead of {expected[i].Id} at {expected[i].Score:R}";
            }
        }

        return null;
    }
}
