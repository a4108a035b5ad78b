using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Api;
using Bigrain.Api.Documents;
using Bigrain.Api.Serialization;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Routing;
using Bigrain.Silo.Http.Bodies;
using Microsoft.AspNetCore.Http;
using ApiPage = Bigrain.Api.Documents.DocumentPage;
using DocumentPage = Bigrain.Index.Documents.DocumentPage;

namespace Bigrain.Silo.Http;

/// <summary>Lists documents page by page, in the order of id hash and id: partition after partition.</summary>
internal sealed class DocumentLister(IGrainFactory grains, ReplicaReader replicas, TimeProvider time)
{
    private const int DefaultLimit = 100;

    // Vectors as numbers take up to five times as much.
    private const long PageBytes = 4L << 20;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(25);

    /// <summary>Reads the page that a request asks for.</summary>
    /// <exception cref="BigrainException">InvalidArgument, with the field; DeadlineExceeded; what a partition threw.</exception>
    public async Task<ApiPage> ReadAsync(CollectionSnapshot collection, IQueryCollection query, CancellationToken cancellationToken)
    {
        (DocumentCursor? after, int limit, bool base64, bool current) = Read(query);
        using var deadline = new CancellationTokenSource(Deadline, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        int partitions = collection.Generation.PartitionCount;
        var documents = new List<PagedDocument>();
        long bytes = 0;
        bool hasMore = true;
        for (int partition = after is null ? 0 : HashRange.Of(after.IdHash, partitions); partition < partitions; partition++)
        {
            DocumentPage page = await ReadAsync(collection, partition, after, limit - documents.Count, current, linked.Token);
            documents.AddRange(page.Documents);
            bytes += page.Documents.Sum(document => (long)document.SizeBytes);
            hasMore = page.HasMore || partition < partitions - 1;
            if (page.HasMore || documents.Count >= limit || bytes >= PageBytes)
            {
                break;
            }
        }

        return new ApiPage
        {
            Documents = [.. documents.Select(document => Show(document, base64))],
            NextAfter = hasMore && documents.Count > 0 ? documents[^1].Cursor.ToString() : null,
        };
    }

    /// <summary>When a document expires, as the API says it; null for never.</summary>
    internal static DateTimeOffset? TimeOf(long expiresAtMilliseconds) =>
        expiresAtMilliseconds > 0 ? DateTimeOffset.FromUnixTimeMilliseconds(expiresAtMilliseconds) : null;

    private static (DocumentCursor? After, int Limit, bool Base64, bool Current) Read(IQueryCollection query)
    {
        DocumentCursor? after = null;
        int limit = DefaultLimit;
        bool base64 = false;

        // A listing that misses what was acknowledged before it began would be no export.
        bool current = true;
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in query)
        {
            switch (name)
            {
                case "after":
                    after = value.ToString() is { Length: > 0 } text ? DocumentCursor.Parse(text, "after") : null;
                    break;
                case "limit":
                    limit = int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number is >= 1 and <= ApiLimits.MaxPageDocuments
                        ? number
                        : throw JsonBody.Invalid(name, FormattableString.Invariant($"limit must be a whole number from 1 to {ApiLimits.MaxPageDocuments}"));
                    break;
                case "base64":
                    base64 = bool.TryParse(value, out bool flag) ? flag : throw JsonBody.Invalid(name, "base64 must be true or false");
                    break;
                case "consistency":
                    current = value.ToString() switch
                    {
                        "strong" => true,
                        "session" => false,
                        _ => throw JsonBody.Invalid(name, "consistency must be session or strong"),
                    };
                    break;
                default:
                    throw JsonBody.Invalid(name, "there is no such query parameter: use after, limit, base64, consistency");
            }
        }

        return (after, limit, base64, current);
    }

    private static StoredDocument Show(PagedDocument document, bool base64) => new()
    {
        Id = Encoding.UTF8.GetString(document.Id.Span),
        Vector = base64 ? null : document.Vector,
        VectorBase64 = base64 ? MemoryMarshal.AsBytes(document.Vector.AsSpan()).ToArray() : null,
        Payload = document.Payload.Length > 0 ? new RawJson(document.Payload) : null,
        ExpiresAt = TimeOf(document.ExpiresAtMilliseconds),
    };

    private async Task<DocumentPage> ReadAsync(
        CollectionSnapshot collection, int partition, DocumentCursor? after, int limit, bool current, CancellationToken deadline)
    {
        string? cursor = after?.ToString();
        byte[] packed = await replicas.ReadAsync(
            collection.Head.Schema.ReplicaCount,
            async (replica, token) => (await grains.GetGrain<IDenseShardGrain>(collection.ReplicaOf(partition, replica))
                .PageAsync(collection.Head.Name, current, cursor, limit, token)).Bytes,
            deadline);
        return DocumentPage.Decode(packed);
    }
}
