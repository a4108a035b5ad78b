using System.Text.Json;

namespace Bigrain.Silo.Problems;

/// <summary>Words for JSON that does not parse.</summary>
internal static class JsonFaults
{
    /// <summary>Wire name of the field at fault (<c>fields[2].name</c>), or <c>body</c>.</summary>
    public static string FieldOf(JsonException error) =>
        error.Path is { Length: > 2 } path && path[0] == '$' ? path[2..] : "body";

    /// <summary>What is wrong, and where in the body.</summary>
    public static string Describe(JsonException error)
    {
        string where = error.LineNumber is { } line && error.BytePositionInLine is { } position
            ? $" at line {line + 1}, byte {position + 1}"
            : "";

        // The serializer's own text ends in its positions, and names our types.
        string what = error.Message.Contains("could not be mapped", StringComparison.Ordinal)
            ? "a field of the body is not known"
            : error.Message.Contains("could not be converted", StringComparison.Ordinal)
                ? "a field of the body has a value of another type"
                : "the body is not valid JSON";
        return what + where;
    }
}
