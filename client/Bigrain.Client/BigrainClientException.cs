using Bigrain.Api.Problems;
using Bigrain.Api.Queries;

namespace Bigrain.Client;

/// <summary>A call that failed: refused by the server, or never answered.</summary>
public sealed class BigrainClientException : Exception
{
    /// <summary>Makes an error from what the server said.</summary>
    /// <param name="problem">The server's words, or the client's own where no server answered.</param>
    /// <param name="inner">The cause below.</param>
    public BigrainClientException(ApiProblem problem, Exception? inner = null)
        : base(problem?.Detail ?? problem?.Title ?? "the server refused without saying why", inner)
    {
        ArgumentNullException.ThrowIfNull(problem);
        Problem = problem;
    }

    /// <summary>The whole problem.</summary>
    public ApiProblem Problem { get; }

    /// <summary>One of <see cref="ProblemTypes"/>.</summary>
    public string Code => Problem.Type;

    /// <summary>The field at fault by its wire name; null when none is.</summary>
    public string? Field => Problem.Field;

    /// <summary>Whether the very same call may succeed later.</summary>
    public bool Retryable => Problem.Retryable;

    /// <summary>What there is of the answer, where coverage fell below what the query asked for.</summary>
    public QueryReply? Partial => Problem.Partial;
}
