using Bigrain.Api.Serialization;

namespace Bigrain.Cli.Files;

/// <summary>One row of a vector file.</summary>
/// <param name="Number">Row number in its file, from 0; blank lines do not count.</param>
/// <param name="Id">Id that the row itself carries; null where the format has none.</param>
/// <param name="Vector">The vector as little-endian float32; owned by the receiver.</param>
/// <param name="Payload">What else the row carries; null where there is nothing.</param>
/// <param name="ExpiresAt">When the document expires; null for never.</param>
internal sealed record VectorRow(long Number, string? Id, byte[] Vector, RawJson? Payload, DateTimeOffset? ExpiresAt = null)
{
    /// <summary>Elements of the vector.</summary>
    public int Dimension => Vector.Length / sizeof(float);
}
