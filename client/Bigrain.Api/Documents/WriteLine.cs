using Bigrain.Api.Problems;

namespace Bigrain.Api.Documents;

/// <summary>Result line for one line of a newline-delimited write, in the order of the lines.</summary>
public sealed class WriteLine
{
    /// <summary>Number of the request line, from 0.</summary>
    public long Line { get; set; }

    /// <summary>Batch id of the line, if it had one.</summary>
    public string? BatchId { get; set; }

    /// <summary>Documents written; 0 where <see cref="Error"/> is set.</summary>
    public int Accepted { get; set; }

    /// <summary>Token of the write; null where <see cref="Error"/> is set.</summary>
    public string? Token { get; set; }

    /// <summary>Why nothing of the line was written; null on success.</summary>
    public ApiProblem? Error { get; set; }
}
