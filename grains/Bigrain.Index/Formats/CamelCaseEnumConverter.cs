using System.Text.Json;
using System.Text.Json.Serialization;

namespace Bigrain.Index.Formats;

/// <summary>Enums by name in camelCase; numbers are refused.</summary>
internal sealed class CamelCaseEnumConverter<T>() : JsonStringEnumConverter<T>(JsonNamingPolicy.CamelCase, allowIntegerValues: false)
    where T : struct, Enum;
