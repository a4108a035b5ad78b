using System.Buffers;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Bigrain.Api.Serialization;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Files;

/// <summary>One JSON object a line: "id" or "_id", "vector" or "vectorBase64", "expiresAt", and the rest as payload.</summary>
internal sealed class JsonLinesFile : IVectorFile
{
    private readonly ByteSource _source;
    private readonly LineReader _lines;
    private readonly ArrayBufferWriter<byte> _payload = new();
    private readonly List<float> _vector = [];
    private long _next;

    /// <summary>Takes over a source that stands at its first line.</summary>
    public JsonLinesFile(ByteSource source)
    {
        _source = source;
        _lines = new LineReader(source);
    }

    /// <inheritdoc/>
    public long? RowCount => null;

    /// <inheritdoc/>
    public int? Dimension => null;

    /// <inheritdoc/>
    public VectorRow? Read()
    {
        while (_lines.TryRead(_next, out ReadOnlySpan<byte> line))
        {
            line = WithoutByteOrderMark(line);
            if (!IsBlank(line))
            {
                VectorRow row = Parse(line);
                _next++;
                return row;
            }
        }

        return null;
    }

    /// <inheritdoc/>
    public long Skip(long count)
    {
        long skipped = 0;
        while (skipped < count && _lines.TryRead(_next, out ReadOnlySpan<byte> line))
        {
            if (!IsBlank(WithoutByteOrderMark(line)))
            {
                skipped++;
                _next++;
            }
        }

        return skipped;
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private static ReadOnlySpan<byte> WithoutByteOrderMark(ReadOnlySpan<byte> line) =>
        line is [0xef, 0xbb, 0xbf, ..] ? line[3..] : line;

    private static bool IsBlank(ReadOnlySpan<byte> line) => line.IndexOfAnyExcept((byte)' ', (byte)'\t') < 0;

    private VectorRow Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            Utf8JsonReader reader = new(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            {
                throw Fault("is not a JSON object");
            }

            return ParseObject(ref reader);
        }
        catch (JsonException e)
        {
            throw FileFault.Corrupt(_source.Path, _next, _lines.LineOffset + (e.BytePositionInLine ?? 0), $"is not whole JSON: {Reason(e)}", e);
        }
        catch (InvalidOperationException e)
        {
            throw FileFault.Corrupt(_source.Path, _next, _lines.LineOffset, "holds text that is not UTF-8", e);
        }
    }

    private VectorRow ParseObject(ref Utf8JsonReader reader)
    {
        string? id = null;
        byte[]? vector = null;
        bool hasText = false;
        DateTimeOffset? expiresAt = null;
        int properties = 0;
        _payload.ResetWrittenCount();
        using Utf8JsonWriter writer = new(_payload);
        writer.WriteStartObject();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.ValueTextEquals("id"u8) || reader.ValueTextEquals("_id"u8))
            {
                reader.Read();
                id = ReadId(ref reader);
            }
            else if (reader.ValueTextEquals("vector"u8))
            {
                reader.Read();
                vector = ReadVector(ref reader);
            }
            else if (reader.ValueTextEquals("vectorBase64"u8))
            {
                reader.Read();
                vector = ReadBase64(ref reader);
            }
            else if (reader.ValueTextEquals("expiresAt"u8))
            {
                reader.Read();
                expiresAt = ReadTime(ref reader);
            }
            else if (reader.ValueTextEquals("payload"u8) && IsObject(reader))
            {
                // The rest of a row is its payload; an object of that name is meant as just that.
                reader.Read();
                while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
                {
                    CopyProperty(ref reader, writer);
                    properties++;
                }
            }
            else
            {
                hasText |= reader.ValueTextEquals("text"u8);
                CopyProperty(ref reader, writer);
                properties++;
            }
        }

        if (reader.Read())
        {
            throw Fault("holds more than one JSON object");
        }

        writer.WriteEndObject();
        writer.Flush();
        if (vector is null)
        {
            throw Fault(hasText
                ? "has text and no vector; text needs a collection made with text, which this version does not have: add a \"vector\""
                : "has no \"vector\"");
        }

        RawJson? payload = properties == 0 ? null : new RawJson(_payload.WrittenSpan.ToArray());
        return new VectorRow(_next, id, vector, payload, expiresAt);
    }

    private string ReadId(ref Utf8JsonReader reader) => reader.TokenType switch
    {
        JsonTokenType.String => reader.GetString()!,
        JsonTokenType.Number => Encoding.UTF8.GetString(reader.ValueSpan),
        _ => throw Fault("has an \"id\" that is neither text nor a number"),
    };

    private byte[] ReadVector(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
        {
            throw Fault("has a \"vector\" that is not an array of numbers");
        }

        _vector.Clear();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetSingle(out float element) || !float.IsFinite(element))
            {
                throw Fault($"has a \"vector\" whose element {_vector.Count} is not a finite float32");
            }

            _vector.Add(element);
        }

        if (_vector.Count is 0 or > Limits.MaxDimension)
        {
            throw Fault($"has a \"vector\" of {_vector.Count} elements; 1 to {Limits.MaxDimension} are possible");
        }

        return MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(_vector)).ToArray();
    }

    private byte[] ReadBase64(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.String || !reader.TryGetBytesFromBase64(out byte[]? bytes) || bytes.Length % sizeof(float) != 0)
        {
            throw Fault("has a \"vectorBase64\" that is not base64 of little-endian float32");
        }

        int elements = bytes.Length / sizeof(float);
        return elements is > 0 and <= Limits.MaxDimension
            ? bytes
            : throw Fault($"has a \"vectorBase64\" of {elements} elements; 1 to {Limits.MaxDimension} are possible");
    }

    private DateTimeOffset ReadTime(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String && reader.TryGetDateTimeOffset(out DateTimeOffset time)
            ? time
            : throw Fault("has an \"expiresAt\" that is not a time like 2030-01-31T12:00:00Z");

    private static bool IsObject(Utf8JsonReader reader) => reader.Read() && reader.TokenType == JsonTokenType.StartObject;

    private static void CopyProperty(ref Utf8JsonReader reader, Utf8JsonWriter writer)
    {
        writer.WritePropertyName(reader.GetString()!);
        reader.Read();
        using JsonDocument value = JsonDocument.ParseValue(ref reader);
        value.RootElement.WriteTo(writer);
    }

    private static string Reason(JsonException e) => e.Message.Split(" LineNumber", 2)[0].TrimEnd('.');

    private Index.Errors.BigrainException Fault(string problem) => FileFault.Row(_source.Path, _next, _lines.LineOffset, problem);
}
