using System.Text.Json;
using System.Text.Unicode;
using Bigrain.Index.Errors;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>Typed reads from a request body; every error names the field by its wire name.</summary>
internal static class JsonBody
{
    private const string BadText = "the text is not valid Unicode";

    /// <summary>Starts reading a body whose root must be an object.</summary>
    public static Utf8JsonReader Open(ReadOnlySpan<byte> body)
    {
        if (body.IsEmpty)
        {
            throw Invalid("body", "the body is empty: send a JSON object");
        }

        var reader = new Utf8JsonReader(body);
        reader.Read();
        Expect(ref reader, JsonTokenType.StartObject, "body", "an object");
        return reader;
    }

    /// <summary>Goes to the next property of an object and on to its value.</summary>
    /// <returns>False at the end of the object.</returns>
    public static bool NextProperty(ref Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.PropertyName;

    /// <summary>Checks that nothing follows the root object.</summary>
    public static void Close(ref Utf8JsonReader reader) => reader.Read();

    /// <summary>Refuses a value of another type.</summary>
    public static void Expect(ref Utf8JsonReader reader, JsonTokenType type, FieldName field, string wanted)
    {
        if (reader.TokenType != type)
        {
            throw Invalid(field, $"{field} must be {wanted}");
        }
    }

    /// <summary>Reads a string; null stays null.</summary>
    public static string? ReadText(ref Utf8JsonReader reader, FieldName field)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        Expect(ref reader, JsonTokenType.String, field, "a string");
        try
        {
            return reader.GetString();
        }
        catch (InvalidOperationException)
        {
            throw Invalid(field, BadText);
        }
    }

    /// <summary>Reads an integer within limits.</summary>
    public static int ReadInt32(ref Utf8JsonReader reader, FieldName field, int least, int most)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long value) || value < least || value > most)
        {
            throw Invalid(field, FormattableString.Invariant($"{field} must be a whole number from {least} to {most}"));
        }

        return (int)value;
    }

    /// <summary>Reads a number from 0 to 1.</summary>
    public static double ReadShare(ref Utf8JsonReader reader, FieldName field)
    {
        reader.Read();
        if (reader.TokenType != JsonTokenType.Number || !reader.TryGetDouble(out double value) || !(value is >= 0 and <= 1))
        {
            throw Invalid(field, $"{field} must be a number from 0 to 1");
        }

        return value;
    }

    /// <summary>Reads a point in time, ISO 8601; null stays null.</summary>
    public static DateTimeOffset? ReadTime(ref Utf8JsonReader reader, FieldName field)
    {
        reader.Read();
        if (reader.TokenType == JsonTokenType.Null)
        {
            return null;
        }

        return reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out DateTimeOffset value)
            ? value
            : throw Invalid(field, $"{field} must be a time such as 2030-01-31T12:00:00Z");
    }

    /// <summary>Reads true or false.</summary>
    public static bool ReadBoolean(ref Utf8JsonReader reader, FieldName field)
    {
        reader.Read();
        return reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw Invalid(field, $"{field} must be true or false"),
        };
    }

    /// <summary>Copies the string the reader stands on, unescaped and checked.</summary>
    /// <param name="reader">Stands on a string.</param>
    /// <param name="destination">Room for the unescaped bytes.</param>
    /// <param name="field">Wire name for the error.</param>
    /// <param name="tooLong">Text of the error when the bytes do not fit.</param>
    /// <returns>Bytes written.</returns>
    public static int CopyText(ref Utf8JsonReader reader, Span<byte> destination, FieldName field, string tooLong)
    {
        try
        {
            // Escapes only shrink, so what does not fit unescaped may still fit.
            if (!reader.ValueIsEscaped && reader.ValueSpan.Length > destination.Length)
            {
                throw Invalid(field, tooLong);
            }

            return reader.CopyString(destination);
        }
        catch (ArgumentException)
        {
            throw Invalid(field, tooLong);
        }
        catch (InvalidOperationException)
        {
            throw Invalid(field, BadText);
        }
    }

    /// <summary>Takes the raw bytes of the object the reader stands on, and goes to its end; null gives nothing.</summary>
    /// <param name="reader">Stands on the value.</param>
    /// <param name="body">The body the reader walks over.</param>
    /// <param name="mostBytes">Limit.</param>
    /// <param name="field">Wire name for the error.</param>
    public static ReadOnlySpan<byte> TakeObject(scoped ref Utf8JsonReader reader, ReadOnlySpan<byte> body, int mostBytes, FieldName field)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return [];
        }

        Expect(ref reader, JsonTokenType.StartObject, field, "an object");
        int start = (int)reader.TokenStartIndex;
        reader.Skip();
        ReadOnlySpan<byte> raw = body[start..(int)reader.BytesConsumed];
        if (raw.Length > mostBytes)
        {
            throw Invalid(field, FormattableString.Invariant($"{field} has {raw.Length} bytes: at most {mostBytes} are allowed"));
        }

        return Utf8.IsValid(raw) ? raw : throw Invalid(field, BadText);
    }

    /// <summary>Refuses a property that nobody reads: a typo would otherwise hide.</summary>
    public static BigrainException Unknown(ref Utf8JsonReader reader, string prefix)
    {
        string name = reader.ValueSpan.Length <= 64 && Utf8.IsValid(reader.ValueSpan)
            ? System.Text.Encoding.UTF8.GetString(reader.ValueSpan)
            : "a property";
        return Invalid(prefix + name, $"there is no field '{prefix}{name}': /openapi/v1.json lists the fields");
    }

    /// <summary>An error of the caller's.</summary>
    public static BigrainException Invalid(FieldName field, string message) => new(ErrorCode.InvalidArgument, message, field.ToString());
}
