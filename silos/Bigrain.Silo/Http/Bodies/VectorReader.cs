using System.Buffers;
using System.Buffers.Text;
using System.Runtime.InteropServices;
using System.Text.Json;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
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

    /// <summary>Refuses what the representation cannot compare.</summary>
    public static void Check(ReadOnlySpan<float> vector, RepresentationSchema representation, FieldName field)
    {
        if (VectorRules.Fault(vector, representation) is { } fault)
        {
            throw JsonBody.Invalid(field, fault);
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

    private static BigrainException WrongDimension(FieldName field, int found, int wanted) =>
        JsonBody.Invalid(field, FormattableString.Invariant($"{field} has {found} elements: the collection's dimension is {wanted}"));
}
