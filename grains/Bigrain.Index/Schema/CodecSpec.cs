using System.Globalization;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Schema;

/// <summary>A codec as written: <c>auto</c>, <c>flat</c>, <c>rabitq:BITS</c> or <c>pq:MxBITS</c>.</summary>
/// <param name="Kind">Family.</param>
/// <param name="BitsPerCode">RaBitQ: bits a dimension, 1 to 4. PQ: bits a sub-quantiser, 4 or 8. Otherwise 0.</param>
/// <param name="SubspaceCount">PQ: number of sub-quantisers (M). Otherwise 0.</param>
public readonly record struct CodecSpec(CodecKind Kind, int BitsPerCode = 0, int SubspaceCount = 0)
{
    /// <summary>Chosen per segment by measuring on it.</summary>
    public static CodecSpec Auto => new(CodecKind.Auto);

    /// <summary>The vectors themselves.</summary>
    public static CodecSpec Flat => new(CodecKind.Flat);

    /// <summary>RaBitQ with <paramref name="bits"/> bits a dimension.</summary>
    public static CodecSpec RaBitQ(int bits) => new(CodecKind.RaBitQ, bits);

    /// <summary>Product quantisation.</summary>
    public static CodecSpec Pq(int subspaceCount, int bits) => new(CodecKind.Pq, bits, subspaceCount);

    /// <summary>Reads the written form.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: not a codec; the message lists them.</exception>
    public static CodecSpec Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        switch (text.Split(':'))
        {
            case ["auto"]:
                return Auto;
            case ["flat"]:
                return Flat;
            case ["rabitq", var bits] when TryNumber(bits, out int b) && b is >= 1 and <= 4:
                return RaBitQ(b);
            case ["pq", var shape] when shape.Split('x') is [var m, var bits]
                && TryNumber(m, out int subspaces) && subspaces is >= 1 and <= 16_384
                && TryNumber(bits, out int b) && b is 4 or 8:
                return Pq(subspaces, b);
            default:
                throw new BigrainException(
                    ErrorCode.InvalidArgument,
                    $"unknown codec '{text}': use auto, flat, rabitq:1 to rabitq:4, pq:Mx4 or pq:Mx8",
                    "codec");
        }
    }

    /// <inheritdoc/>
    public override string ToString() => Kind switch
    {
        CodecKind.Auto => "auto",
        CodecKind.Flat => "flat",
        CodecKind.RaBitQ => string.Create(CultureInfo.InvariantCulture, $"rabitq:{BitsPerCode}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"pq:{SubspaceCount}x{BitsPerCode}"),
    };

    private static bool TryNumber(string text, out int value) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
