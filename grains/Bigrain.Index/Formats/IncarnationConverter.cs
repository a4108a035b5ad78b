using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Formats;

/// <summary>Incarnations as their text.</summary>
internal sealed class IncarnationConverter : JsonConverter<CollectionIncarnation>
{
    /// <inheritdoc/>
    public override CollectionIncarnation Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.TokenType == JsonTokenType.String
            ? new CollectionIncarnation(reader.GetString()!)
            : throw new JsonException("an incarnation is a text");

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, CollectionIncarnation value, JsonSerializerOptions options) =>
        writer.WriteStringValue(value.Value);
}
