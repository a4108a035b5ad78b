using Bigrain.Api.Documents;

namespace Bigrain.Cli.Importing;

/// <summary>Consecutive rows of one request.</summary>
/// <param name="FirstRow">Number of the first row in the input.</param>
/// <param name="Documents">The rows.</param>
internal sealed record ImportBatch(long FirstRow, IReadOnlyList<Document> Documents)
{
    /// <summary>Whether the server has acknowledged it.</summary>
    public bool IsWritten { get; set; }
}
