using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Formats;

/// <summary>Codecs as written: <c>rabitq:4</c>.</summary>
internal sealed class CodecSpecConverter : JsonConverter<CodecSpec>
{
    /// <inheritdoc/>
    public override CodecSpec Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        try
        {
            return CodecSpec.Parse(reader.GetString() ?? string.Empty);
        }
        catch (Exception error) when (error is BigrainException or InvalidOperationException)
        {
            throw new JsonException(error.Message, error);
        }
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, CodecSpec value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.ToString());
}
