using Bigrain.Api.Queries;

namespace Bigrain.Api.Problems;

/// <summary>An error after RFC 9457, <c>application/problem+json</c>.</summary>
public sealed class ApiProblem
{
    /// <summary>One of <see cref="ProblemTypes"/>: what the caller can do.</summary>
    public string Type { get; set; } = ProblemTypes.Internal;

    /// <summary>The type in words.</summary>
    public string? Title { get; set; }

    /// <summary>HTTP status.</summary>
    public int Status { get; set; }

    /// <summary>What is wrong here, with the limit and the remedy.</summary>
    public string? Detail { get; set; }

    /// <summary>Whether the very same request may succeed later.</summary>
    public bool Retryable { get; set; }

    /// <summary>Id under which the server's logs and traces know the request.</summary>
    public string? TraceId { get; set; }

    /// <summary>The field at fault by its wire name, such as <c>documents[3].vector</c>.</summary>
    public string? Field { get; set; }

    /// <summary>Rows of the request that were not written, where only some streams failed or versions were not those expected.</summary>
    public IReadOnlyList<int>? Rows { get; set; }

    /// <summary>What there is of the answer, where coverage fell below what the query asked for.</summary>
    public QueryReply? Partial { get; set; }
}
