using System.Text.Json.Serialization;

namespace Bigrain.Index.Backups;

/// <summary>JSON of the bodies and results of backup and restore jobs.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BackupRequest))]
[JsonSerializable(typeof(BackupResult))]
[JsonSerializable(typeof(RestoreRequest))]
[JsonSerializable(typeof(RestoreResult))]
public sealed partial class BackupJson : JsonSerializerContext;
