using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Index.Errors;

namespace Bigrain.Silo.Access;

/// <summary>Reads the file of API keys; a file that is wrong anywhere is refused whole, naming the line or the field.</summary>
internal static partial class ApiKeyFile
{
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads a file.</summary>
    /// <param name="path">Path; null gives no keys.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: it cannot be read or is wrong.</exception>
    public static ApiKeySet Load(string? path)
    {
        if (path is null)
        {
            return new ApiKeySet([]);
        }

        try
        {
            var file = new FileInfo(path);
            if (file.Length > MaxBytes)
            {
                throw Wrong(path, $"it has {file.Length} bytes; at most {MaxBytes} are read");
            }

            return Parse(path, File.ReadAllBytes(path));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw Wrong(path, $"it cannot be read ({error.Message})", error);
        }
    }

    /// <summary>Reads the bytes of a file.</summary>
    /// <param name="path">Its path, for messages.</param>
    /// <param name="json">Its content.</param>
    public static ApiKeySet Parse(string path, ReadOnlySpan<byte> json)
    {
        KeyFileModel? file;
        try
        {
            file = JsonSerializer.Deserialize(json, KeyFileJson.Default.KeyFileModel);
        }
        catch (JsonException error)
        {
            throw Wrong(path, $"line {error.LineNumber + 1}, byte {error.BytePositionInLine + 1}{At(error.Path)}: not the JSON that is expected", error);
        }

        if (file?.Keys is not { Length: > 0 } entries)
        {
            throw Wrong(path, "keys: there must be at least one");
        }

        var keys = new List<ApiKey>(entries.Length);
        for (int i = 0; i < entries.Length; i++)
        {
            ApiKey key = Read(path, $"keys[{i}]", entries[i] ?? throw Wrong(path, $"keys[{i}]: null is no key"));
            if (keys.Find(other => other.Name == key.Name || other.Sha256.Span.SequenceEqual(key.Sha256.Span)) is { } twin)
            {
                throw Wrong(path, $"keys[{i}]: '{key.Name}' has the name or the hash of '{twin.Name}'; each key stands once");
            }

            keys.Add(key);
        }

        return new ApiKeySet(keys);
    }

    private static ApiKey Read(string path, string field, KeyModel entry)
    {
        if (string.IsNullOrWhiteSpace(entry.Name))
        {
            throw Wrong(path, $"{field}.name: give the key a name");
        }

        byte[] hash = new byte[SHA256.HashSizeInBytes];
        if (entry.Sha256 is not { Length: SHA256.HashSizeInBytes * 2 } hex
            || Convert.FromHexString(hex, hash, out _, out _) != System.Buffers.OperationStatus.Done)
        {
            throw Wrong(path, $"{field}.sha256: 64 hex digits are expected, as 'printf %s KEY | sha256sum' prints them");
        }

        AccessRole role = entry.Role switch
        {
            "reader" => AccessRole.Reader,
            "writer" => AccessRole.Writer,
            "admin" => AccessRole.Admin,
            _ => throw Wrong(path, $"{field}.role: '{entry.Role}' is not reader, writer or admin"),
        };
        for (int i = 0; i < entry.Collections?.Length; i++)
        {
            // The reader of JSON lets null through whatever the type says.
            if (entry.Collections[i] is null || !ApiKey.IsPattern(entry.Collections[i]))
            {
                throw Wrong(path, $"{field}.collections[{i}]: '{entry.Collections[i]}' is neither the name of a collection nor the beginning of one with a star");
            }
        }

        return entry.Collections is { Length: 0 }
            ? throw Wrong(path, $"{field}.collections: an empty list allows nothing; leave it out to allow all")
            : new ApiKey(entry.Name, hash, role, entry.Collections);
    }

    private static string At(string? path) => path is { Length: > 2 } ? $" ({path[2..]})" : "";

    private static BigrainException Wrong(string path, string what, Exception? inner = null) =>
        new(ErrorCode.InvalidArgument, $"the file of API keys '{path}' is not usable: {what}", "api-keys-file", inner);

    internal sealed record KeyFileModel(KeyModel?[]? Keys);

    internal sealed record KeyModel(string? Name, string? Sha256, string? Role, string[]? Collections);

    [JsonSourceGenerationOptions(
        JsonSerializerDefaults.Web,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        ReadCommentHandling = JsonCommentHandling.Skip,
        AllowTrailingCommas = true)]
    [JsonSerializable(typeof(KeyFileModel))]
    private sealed partial class KeyFileJson : JsonSerializerContext;
}
