using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Api.Documents;
using Bigrain.Api.Serialization;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Routing;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Silo.Http.Bodies;

namespace Bigrain.Silo.Http;

/// <summary>Reads documents by id from the partitions that keep them.</summary>
internal sealed class DocumentFetcher(IGrainFactory grains, ReplicaReader replicas, IIdHash hash, TimeProvider time)
{
    /// <summary>Reads documents.</summary>
    /// <exception cref="BigrainException">InvalidArgument, with the field; DeadlineExceeded; what a partition threw.</exception>
    public async Task<GetReply> GetAsync(CollectionSnapshot collection, GetRequest request, CancellationToken cancellationToken)
    {
        List<(byte[] Id, string Text)> ids = IdsOf(request);
        bool current = RequireConsistency(request.Consistency);
        long[] minSequences = [.. TokenReader.Read(request.Token, collection.Head)];
        using var deadline = new CancellationTokenSource(TimeoutOf(request), time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        byte[][] replies = await Task.WhenAll(ids
            .GroupBy(id => HashRange.Of(hash.Hash(id.Id), collection.Generation.PartitionCount))
            .Select(group => ReadAsync(collection, group.Key, [.. group.Select(id => (ReadOnlyMemory<byte>)id.Id)], current, minSequences, linked.Token)));
        var found = new Dictionary<string, FetchedDocument>(StringComparer.Ordinal);
        foreach (FetchedDocument document in replies.SelectMany(reply => FetchedDocument.Decode(reply)))
        {
            found[Encoding.UTF8.GetString(document.Id.Span)] = document;
        }

        return new GetReply
        {
            Documents = [.. ids.Where(id => found.ContainsKey(id.Text)).Select(id => Show(id.Text, found[id.Text], request))],
            NotFound = [.. ids.Where(id => !found.ContainsKey(id.Text)).Select(id => id.Text)],
        };
    }

    private static List<(byte[] Id, string Text)> IdsOf(GetRequest request)
    {
        if (request.Ids is not { Count: > 0 })
        {
            throw JsonBody.Invalid("ids", "ids is missing or empty: send {\"ids\":[...]}");
        }

        if (request.Ids.Count > Limits.MaxDocumentsPerRequest)
        {
            throw new BigrainException(
                ErrorCode.TooLarge, FormattableString.Invariant($"a request may have {Limits.MaxDocumentsPerRequest} ids: split it"), "ids");
        }

        var ids = new List<(byte[] Id, string Text)>(request.Ids.Count);
        foreach (string? text in request.Ids)
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text ?? "");
            if (utf8.Length is 0 or > Limits.MaxIdBytes)
            {
                throw JsonBody.Invalid(
                    new FieldName("", "ids", ids.Count), FormattableString.Invariant($"an id must have 1 to {Limits.MaxIdBytes} bytes of UTF-8"));
            }

            ids.Add((utf8, text!));
        }

        return ids;
    }

    private static bool RequireConsistency(string? consistency) => consistency switch
    {
        null or "session" => false,
        "strong" => true,
        _ => throw JsonBody.Invalid("consistency", "consistency must be session or strong"),
    };

    private static TimeSpan TimeoutOf(GetRequest request)
    {
        int most = (int)Limits.MaxTimeout.TotalMilliseconds;
        return request.TimeoutMilliseconds >= 1 && request.TimeoutMilliseconds <= most
            ? TimeSpan.FromMilliseconds(request.TimeoutMilliseconds)
            : throw JsonBody.Invalid("timeoutMilliseconds", FormattableString.Invariant($"timeoutMilliseconds must be a whole number from 1 to {most}"));
    }

    private static StoredDocument Show(string id, FetchedDocument document, GetRequest request) => new()
    {
        Id = id,
        Vector = request.IncludeVector && !request.Base64 ? document.Vector : null,
        VectorBase64 = request.IncludeVector && request.Base64 ? MemoryMarshal.AsBytes(document.Vector.AsSpan()).ToArray() : null,
        Payload = request.IncludePayload && document.Payload.Length > 0 ? new RawJson(document.Payload) : null,
        ExpiresAt = DocumentLister.TimeOf(document.ExpiresAtMilliseconds),
        Version = document.Version == RowVersion.None ? null : document.Version.ToString(),
    };

    private Task<byte[]> ReadAsync(
        CollectionSnapshot collection,
        int partition,
        ReadOnlyMemory<byte>[] ids,
        bool current,
        long[] minSequences,
        CancellationToken deadline)
    {
        var packed = new PackedBytes(FetchedDocument.EncodeIds(ids));
        return replicas.ReadAsync(
            collection.Head.Schema.ReplicaCount,
            async (replica, token) => (await grains.GetGrain<IDenseShardGrain>(collection.ReplicaOf(partition, replica))
                .GetAsync(collection.Head.Name, current, minSequences, packed, token)).Bytes,
            deadline);
    }
}
