using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bigrain.Training.Runs;

/// <summary>Arrays of floats as base64 of little-endian bytes: exact to the bit, and a third of the length of digits.</summary>
internal sealed class FloatArrayConverter : JsonConverter<float[]>
{
    public override float[]? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (!reader.TryGetBytesFromBase64(out byte[]? bytes) || bytes.Length % sizeof(float) != 0)
        {
            throw new JsonException("not base64 of floats");
        }

        return MemoryMarshal.Cast<byte, float>(bytes).ToArray();
    }

    public override void Write(Utf8JsonWriter writer, float[] value, JsonSerializerOptions options) =>
        writer.WriteBase64StringValue(MemoryMarshal.AsBytes(value.AsSpan()));
}
