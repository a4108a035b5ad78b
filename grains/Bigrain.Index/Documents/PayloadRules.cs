using System.Text.Json;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Documents;

/// <summary>What a payload must be: one JSON object of limited size.</summary>
public static class PayloadRules
{
    /// <summary>Deepest nesting.</summary>
    public const int MaxDepth = 64;

    /// <summary>Checks a payload.</summary>
    /// <param name="payload">UTF-8 JSON; empty for none.</param>
    /// <returns>What is wrong, for a message; null when nothing is.</returns>
    public static string? Fault(ReadOnlySpan<byte> payload)
    {
        if (payload.IsEmpty)
        {
            return null;
        }

        if (payload.Length > Limits.MaxPayloadBytes)
        {
            return FormattableString.Invariant($"payload has {payload.Length} bytes, at most {Limits.MaxPayloadBytes} are allowed");
        }

        var reader = new Utf8JsonReader(payload, new JsonReaderOptions { MaxDepth = MaxDepth });
        try
        {
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return "payload is not a JSON object";
            }

            while (reader.Read())
            {
            }

            return null;
        }
        catch (JsonException error)
        {
            return FormattableString.Invariant($"payload is not JSON at byte {error.BytePositionInLine}, or nested deeper than {MaxDepth}");
        }
    }
}
