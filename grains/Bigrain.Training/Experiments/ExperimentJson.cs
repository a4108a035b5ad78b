using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bigrain.Training.Experiments;

/// <summary>Writes reports as JSON: means and comparisons, and every query's measures so that others can resample.</summary>
public static class ExperimentJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = false,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    /// <summary>Writes reports.</summary>
    /// <param name="reports">The reports, one for each set.</param>
    public static string Write(IReadOnlyList<ExperimentReport> reports) => JsonSerializer.Serialize(reports, Options);
}
