using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bigrain.Api.Serialization;

/// <summary>One JSON value kept as its UTF-8 bytes: neither side builds a tree for what it only carries.</summary>
/// <remarks>A value that came through a <c>Bigrain.Api</c> model is well-formed; one made by <see cref="RawJson(ReadOnlyMemory{byte})"/>
/// is written as it is, so the maker answers for it. Equality is that of the bytes.</remarks>
[JsonConverter(typeof(RawJsonConverter))]
public readonly struct RawJson : IEquatable<RawJson>
{
    /// <summary>Wraps the bytes of one well-formed JSON value; the buffer is not copied and must not change.</summary>
    /// <param name="utf8">UTF-8 bytes.</param>
    public RawJson(ReadOnlyMemory<byte> utf8) => Utf8 = utf8;

    /// <summary>The value as UTF-8 bytes; empty for the default of this type, which is written as null.</summary>
    public ReadOnlyMemory<byte> Utf8 { get; }

    /// <summary>Checks and wraps the text of one JSON value.</summary>
    /// <param name="json">The text.</param>
    /// <returns>The value.</returns>
    /// <exception cref="JsonException"><paramref name="json"/> is not one JSON value.</exception>
    public static RawJson Parse(string json)
    {
        byte[] utf8 = Encoding.UTF8.GetBytes(json);
        using JsonDocument _ = JsonDocument.Parse(utf8);
        return new RawJson(utf8);
    }

    /// <summary>Compares the bytes of two values.</summary>
    public static bool operator ==(RawJson left, RawJson right) => left.Equals(right);

    /// <summary>Compares the bytes of two values.</summary>
    public static bool operator !=(RawJson left, RawJson right) => !left.Equals(right);

    /// <inheritdoc/>
    public bool Equals(RawJson other) => Utf8.Span.SequenceEqual(other.Utf8.Span);

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is RawJson other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        HashCode hash = default;
        hash.AddBytes(Utf8.Span);
        return hash.ToHashCode();
    }

    /// <summary>The value as text.</summary>
    public override string ToString() => Utf8.IsEmpty ? "null" : Encoding.UTF8.GetString(Utf8.Span);
}
