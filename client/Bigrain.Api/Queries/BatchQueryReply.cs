namespace Bigrain.Api.Queries;

/// <summary>Answer of <c>POST /v1/collections/{c}/query/batch</c>.</summary>
public sealed class BatchQueryReply
{
    /// <summary>One answer for each query, in the order of the request.</summary>
    public IReadOnlyList<QueryReply> Results { get; set; } = [];

    /// <summary>Time in the server.</summary>
    public double TookMilliseconds { get; set; }
}
