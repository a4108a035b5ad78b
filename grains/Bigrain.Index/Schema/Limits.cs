namespace Bigrain.Index.Schema;

/// <summary>The limits of requests and schemas, each named once.</summary>
public static class Limits
{
    /// <summary>Longest document id in UTF-8 bytes.</summary>
    public const int MaxIdBytes = 512;

    /// <summary>Largest dimension.</summary>
    public const int MaxDimension = 16_384;

    /// <summary>Largest k of a query.</summary>
    public const int MaxK = 10_000;

    /// <summary>Largest shortlist of a query.</summary>
    public const int MaxShortlist = 100_000;

    /// <summary>Largest payload of a document in UTF-8 bytes of JSON.</summary>
    public const int MaxPayloadBytes = 64 * 1024;

    /// <summary>Most documents in one write request.</summary>
    public const int MaxDocumentsPerRequest = 10_000;

    /// <summary>Most decoded bytes (ids, vectors, payloads) of one write request.</summary>
    public const int MaxRequestBytes = 4 * 1024 * 1024;

    /// <summary>Most decoded bytes of one request that may go to one stream.</summary>
    public const int MaxStreamShareBytes = 3 * 1024 * 1024;

    /// <summary>Largest JSON body of a request.</summary>
    public const int MaxBodyBytes = 32 * 1024 * 1024;

    /// <summary>Most partitions of a collection.</summary>
    public const int MaxPartitionCount = 4_096;

    /// <summary>Most streams of a collection.</summary>
    public const int MaxStreamCount = 256;

    /// <summary>Most replicas of a partition.</summary>
    public const int MaxReplicaCount = 5;

    /// <summary>Largest batch id in UTF-8 bytes.</summary>
    public const int MaxBatchIdBytes = 128;

    /// <summary>Longest time a query may ask for.</summary>
    public static readonly TimeSpan MaxTimeout = TimeSpan.FromSeconds(60);
}
