namespace Bigrain.Api;

/// <summary>The limits of requests that a client must respect; the server names them in its errors.</summary>
public static class ApiLimits
{
    /// <summary>Longest document id in UTF-8 bytes.</summary>
    public const int MaxIdBytes = 512;

    /// <summary>Largest dimension of a vector.</summary>
    public const int MaxDimension = 16_384;

    /// <summary>Largest k of a query.</summary>
    public const int MaxK = 10_000;

    /// <summary>Largest payload of a document in UTF-8 bytes of JSON.</summary>
    public const int MaxPayloadBytes = 64 * 1024;

    /// <summary>Most documents in one write request, or ids in one delete.</summary>
    public const int MaxDocumentsPerRequest = 10_000;

    /// <summary>Most decoded bytes (ids, vectors, payloads) of one write request.</summary>
    public const int MaxRequestBytes = 4 * 1024 * 1024;

    /// <summary>Most decoded bytes of one write request that may fall to one stream.</summary>
    public const int MaxStreamShareBytes = 3 * 1024 * 1024;

    /// <summary>Largest JSON body of a request in bytes; for newline-delimited JSON, of one line.</summary>
    public const int MaxBodyBytes = 32 * 1024 * 1024;

    /// <summary>Most documents of one page of <c>GET .../documents</c>.</summary>
    public const int MaxPageDocuments = 1_000;

    /// <summary>Most queries in one batch.</summary>
    public const int MaxQueriesPerBatch = 10_000;
}
