using Bigrain.Api.Serialization;

namespace Bigrain.Api.Queries;

/// <summary>One document found.</summary>
public sealed class QueryHit
{
    /// <summary>Id.</summary>
    public string Id { get; set; } = "";

    /// <summary>Euclidean distance for l2 (not squared, smaller is closer); similarity for cosine and dot (larger is closer).</summary>
    public double Score { get; set; }

    /// <summary>Payload; null when there is none, when it was not asked for, and when it could not be read (the answer's reason then says so).</summary>
    public RawJson? Payload { get; set; }
}
