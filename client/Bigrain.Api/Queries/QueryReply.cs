using System.Text.Json.Serialization;

namespace Bigrain.Api.Queries;

/// <summary>Answer of <c>POST /v1/collections/{c}/query</c>.</summary>
public sealed class QueryReply
{
    /// <summary>The closest documents, the closest first; ties by id.</summary>
    public IReadOnlyList<QueryHit> Hits { get; set; } = [];

    /// <summary>Whether every partition answered and everything the token asks for was seen.</summary>
    public bool Complete { get; set; }

    /// <summary>Why the answer is not complete (<c>behind</c>, <c>deadline</c>, <c>missing</c>, ...); null when it is.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Reason { get; set; }

    /// <summary>Partitions asked.</summary>
    public int PartitionsAsked { get; set; }

    /// <summary>Partitions that answered in time.</summary>
    public int PartitionsAnswered { get; set; }

    /// <summary>Partitions that did not.</summary>
    public IReadOnlyList<int> Missing { get; set; } = [];

    /// <summary>Which hits were verified from dense records: <c>all</c>, <c>partial</c> or <c>none</c>.</summary>
    public string Verified { get; set; } = "none";

    /// <summary>Generation that answered.</summary>
    public long Generation { get; set; }

    /// <summary>What the answer cost.</summary>
    public QueryCost Cost { get; set; } = new();

    /// <summary>Time in the server.</summary>
    public double TookMilliseconds { get; set; }

    /// <summary>Time of each stage, where asked for.</summary>
    public QueryExplain? Explain { get; set; }
}
