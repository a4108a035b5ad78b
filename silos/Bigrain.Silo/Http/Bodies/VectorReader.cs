using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using Bigrain.Index.Schema;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>Reads vectors straight into their place: JSON numbers, or base64 of little-endian float32.</summary>
internal static class VectorReader
{
    /// <summary>Reads the array the reader stands on.</summary>
    /// <param name="reader">Stands on the value; afterwards on its end.</param>
    /// <param name="destination">Shape <c>[d]</c>; filled whole.</param>
    /// <param name="field">Wire name for the error.</param>
    public static void ReadNumbers(ref Utf8JsonReader reader, Span<float> destination, FieldName field)
    {
        JsonBody.Expect(ref reader, JsonTokenType.StartArray, field, "an array of numbers");
        int count = 0;
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetSingle(out float value))
            {
                throw JsonBody.Invalid(field, FormattableString.Invariant($"{field}[{count}] must be a number"));
            }

            if (count < destination.Length)
            {
                destination[count] = value;
            }

            count++;
        }

        if (count != destination.Length)
        {
            throw WrongDimension(field, count, destination.Length);
        }
    }

    /// <summary>Decodes the base64 string the reader stands on.</summary>
    /// <param name="reader">Stands on the value.</param>
    /// <param name="destination">Shape <c>[d]</c>; filled whole.</param>
    /// <param name="field">Wire name for the error.</param>
    public static void ReadBase64(ref Utf8JsonReader reader, Span<float> destination, FieldName field)
    {
        JsonBody.Expect(ref reader, JsonTokenType.String, field, "base64 text");
        byte[]? rented = null;
        try
        {
            ReadOnlySpan<byte> text = reader.ValueSpan;
            if (reader.ValueIsEscaped)
            {
                rented = ArrayPool<byte>.Shared.Rent(text.Length);
                text = rented.AsSpan(0, JsonBody.CopyText(ref reader, rented, field, "the base64 text is too long"));
            }

            Decode(text, destination, field);
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }

    /// <summary>Refuses what no metric can compare: NaN, infinite values, and the zero vector under cosine.</summary>
    public static void Check(ReadOnlySpan<float> vector, Metric metric, FieldName field)
    {
        if (!AreFinite(vector))
        {
            int at = 0;
            while (float.IsFinite(vector[at]))
            {
                at++;
            }

            throw JsonBody.Invalid(field, FormattableString.Invariant($"{field}[{at}] is not a finite float32 number"));
        }

        if (metric == Metric.Cosine && !vector.ContainsAnyExcept(0f))
        {
            throw JsonBody.Invalid(field, $"{field} is the zero vector, which has no direction: the cosine metric cannot compare it");
        }
    }

    private static void Decode(ReadOnlySpan<byte> text, Span<float> destination, FieldName field)
    {
        Span<byte> bytes = MemoryMarshal.AsBytes(destination);
        OperationStatus status = Base64.DecodeFromUtf8(text, bytes, out int consumed, out int written);
        if (status == OperationStatus.DestinationTooSmall || (status == OperationStatus.Done && written != bytes.Length))
        {
            int decoded = Base64.GetMaxDecodedFromUtf8Length(text.Length) - (text.EndsWith("=="u8) ? 2 : text.EndsWith("="u8) ? 1 : 0);
            throw WrongDimension(field, decoded / sizeof(float), destination.Length);
        }

        if (status != OperationStatus.Done)
        {
            throw JsonBody.Invalid(field, FormattableString.Invariant($"{field} is not base64 at character {consumed}"));
        }

        if (!BitConverter.IsLittleEndian)
        {
            Span<uint> words = MemoryMarshal.Cast<byte, uint>(bytes);
            System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(words, words);
        }
    }

    private static bool AreFinite(ReadOnlySpan<float> vector)
    {
        const uint ExponentMask = 0x7F80_0000;
        uint found = 0;
        foreach (uint bits in MemoryMarshal.Cast<float, uint>(vector))
        {
            // All exponent bits set is the form of NaN and the infinities; the sum then carries into bit 31.
            found |= (bits & ExponentMask) + 0x0080_0000u;
        }

        return (found & 0x8000_0000u) == 0;
    }

    private static Index.Errors.BigrainException WrongDimension(FieldName field, int found, int wanted) =>
        JsonBody.Invalid(field, FormattableString.Invariant($"{field} has {found} elements: the collection's dimension is {wanted}"));
}
