using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Queries;
using Bigrain.Client;

namespace Bigrain.EndToEnd.Loads;

/// <summary>The comparison with the model.</summary>
internal sealed partial class IngestLoad
{
    private const int MostFaults = 20;

    /// <summary>Compares a collection with the model: every acknowledged document is there exactly once with its very bits, an open one at
    /// most once, and nothing else is there.</summary>
    /// <returns>What is wrong, the first few; empty when all is as it must be.</returns>
    /// <param name="client">Asks.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="others">Documents in the collection that are not of this load.</param>
    public async Task<IReadOnlyList<string>> CheckAsync(BigrainClient client, CancellationToken cancellationToken, int others = 0)
    {
        List<string> faults = [];
        HashSet<string> present = new(StringComparer.Ordinal);
        foreach (string[] ids in _sent.Keys.Order(StringComparer.Ordinal).Chunk(IdsPerCall))
        {
            GetReply reply = await client.GetDocumentsAsync(
                _collection, new GetRequest { Ids = ids, Base64 = true, Consistency = "strong", TimeoutMilliseconds = 30_000 }, cancellationToken);
            faults.AddRange(reply.NotFound.Where(id => !_sent[id].MayBeAbsent).Select(static id => $"{id} was acknowledged and is not found"));
            foreach (StoredDocument document in reply.Documents)
            {
                present.Add(document.Id);
                (int worker, int serial) = Parse(document.Id);
                if (!_sent[document.Id].Allowed.Any(version => NumberSet.Bytes(Vector(worker, serial, version)).AsSpan().SequenceEqual(document.VectorBase64)))
                {
                    faults.Add($"{document.Id} has other bits than any version that may be there ({string.Join(',', _sent[document.Id].Allowed)})");
                }
            }
        }

        CollectionInfo info = await client.GetCollectionAsync(_collection, cancellationToken);
        if (info.Documents != present.Count + others)
        {
            faults.Add($"the collection counts {info.Documents} documents instead of {present.Count + others}");
        }

        if (others == 0)
        {
            faults.AddRange(await ListFaultsAsync(client, present, cancellationToken));
        }

        return [.. faults.Take(MostFaults)];
    }

    /// <summary>Lists all documents by a query that finds as many as there may be.</summary>
    private async Task<IReadOnlyList<string>> ListFaultsAsync(BigrainClient client, HashSet<string> present, CancellationToken cancellationToken)
    {
        QueryReply reply = await client.QueryAsync(
            _collection,
            new QueryRequest { Vector = Vector(0, 0, 0), K = 10_000, Nprobe = 1_000, Consistency = "strong", IncludePayload = false, TimeoutMilliseconds = 30_000 },
            cancellationToken);
        List<string> faults = [];
        if (!reply.Complete)
        {
            faults.Add($"the list is not complete: {reply.Reason}, missing {string.Join(',', reply.Missing)}");
        }

        HashSet<string> listed = new(StringComparer.Ordinal);
        faults.AddRange(reply.Hits.Where(hit => !listed.Add(hit.Id)).Select(static hit => $"{hit.Id} is found twice"));
        faults.AddRange(listed.Where(id => !_sent.ContainsKey(id)).Select(static id => $"{id} was never sent"));
        faults.AddRange(present.Where(id => !listed.Contains(id)).Select(static id => $"{id} is not found by a query"));
        return faults;
    }
}
