namespace Bigrain.Training.Quantisation;

/// <summary>Codes of documents.</summary>
/// <param name="Values">M sub-codes of each document, one a byte, document after document.</param>
/// <param name="SubspaceCount">Sub-codes M of a document.</param>
/// <param name="Lists">Coarse list of each document; null without coarse centroids.</param>
public sealed record ProductCodes(byte[] Values, int SubspaceCount, int[]? Lists)
{
    /// <summary>Number of documents.</summary>
    public int Count => Values.Length / SubspaceCount;

    /// <summary>Sub-codes of a document.</summary>
    /// <param name="document">Row of the document.</param>
    public ReadOnlySpan<byte> Of(int document) => Values.AsSpan(document * SubspaceCount, SubspaceCount);
}
