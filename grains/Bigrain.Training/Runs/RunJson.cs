using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bigrain.Training.Runs;

/// <summary>How the files of a run are written.</summary>
internal static class RunJson
{
    /// <summary>For people: indented.</summary>
    public static JsonSerializerOptions Indented { get; } = Make(indented: true);

    /// <summary>One line.</summary>
    public static JsonSerializerOptions Line { get; } = Make(indented: false);

    private static JsonSerializerOptions Make(bool indented) => new(JsonSerializerDefaults.Web)
    {
        WriteIndented = indented,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new FloatArrayConverter(), new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };
}
