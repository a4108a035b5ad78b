using Bigrain.Index.Segments;

namespace Bigrain.Index.Tails;

/// <summary>What a tail knows of a row beside its vector.</summary>
/// <param name="Id">Document id, UTF-8.</param>
/// <param name="IdHash">Hash of the id.</param>
/// <param name="Payload">Payload as UTF-8 JSON, or empty.</param>
/// <param name="ExpiresAt">When it expires, in Unix milliseconds; 0 never.</param>
/// <param name="Version">The write that made it.</param>
/// <param name="InverseNorm">One over the vector's length under cosine, else 1.</param>
/// <param name="PreviousWithHash">Row with the same hash appended before, -1 for none: the chain that keeps colliding ids apart.</param>
internal readonly record struct TailRow(
    ReadOnlyMemory<byte> Id,
    ulong IdHash,
    ReadOnlyMemory<byte> Payload,
    long ExpiresAt,
    RowVersion Version,
    float InverseNorm,
    int PreviousWithHash)
{
    /// <summary>Bytes of one row in the row table.</summary>
    public const int SizeBytes = 80;
}
