namespace Bigrain.Api.Queries;

/// <summary>What an answer cost, summed over the partitions.</summary>
public sealed class QueryCost
{
    /// <summary>Leaves scanned.</summary>
    public long LeavesScanned { get; set; }

    /// <summary>Coarse codes scanned.</summary>
    public long CodesScanned { get; set; }

    /// <summary>Rows of tails and small collections scored exactly without a code.</summary>
    public long ExactScanned { get; set; }

    /// <summary>Dense records read and scored exactly.</summary>
    public long RecordsVerified { get; set; }

    /// <summary>Bytes of dense records and payloads read, from whatever tier.</summary>
    public long BytesRead { get; set; }

    /// <summary>Requests to the blob store.</summary>
    public long BlobReads { get; set; }
}
