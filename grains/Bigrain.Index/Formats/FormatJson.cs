using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Bigrain.Index.Backups;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;
using Bigrain.Index.Log;
using Bigrain.Index.Manifests;
using Bigrain.Index.Reindexing;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Formats;

/// <summary>JSON bodies of the small blobs: camelCase, enums by name, codecs and incarnations as text; unknown members are skipped.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    IgnoreReadOnlyProperties = true,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters =
    [
        typeof(CodecSpecConverter),
        typeof(IncarnationConverter),
        typeof(CamelCaseEnumConverter<RepresentationKind>),
        typeof(CamelCaseEnumConverter<Metric>),
        typeof(CamelCaseEnumConverter<DenseType>),
        typeof(CamelCaseEnumConverter<CoarseSource>),
        typeof(CamelCaseEnumConverter<FieldType>),
        typeof(CamelCaseEnumConverter<GarbageKind>),
        typeof(CamelCaseEnumConverter<JobState>),
        typeof(CamelCaseEnumConverter<ReindexAction>),
        typeof(CamelCaseEnumConverter<ErrorCode>),
    ])]
[JsonSerializable(typeof(CollectionHead))]
[JsonSerializable(typeof(GenerationRecord))]
[JsonSerializable(typeof(StreamEpoch))]
[JsonSerializable(typeof(PartitionManifest))]
[JsonSerializable(typeof(JobRecord))]
[JsonSerializable(typeof(ReindexBody))]
[JsonSerializable(typeof(ReindexReport))]
[JsonSerializable(typeof(ReindexDiscard))]
[JsonSerializable(typeof(System.Collections.Immutable.ImmutableArray<PinnedPartition>))]
[JsonSerializable(typeof(GarbageCandidates))]
[JsonSerializable(typeof(CollectionAlias))]
[JsonSerializable(typeof(BackupRecord))]
internal sealed partial class FormatJson : JsonSerializerContext
{
    /// <summary>Makes a blob from a record.</summary>
    public static byte[] Write<T>(BlobKind kind, T record, JsonTypeInfo<T> type) =>
        BlobEnvelope.Wrap(kind, BlobEnvelope.NewestVersion(kind), JsonSerializer.SerializeToUtf8Bytes(record, type));

    /// <summary>Reads a record from a blob.</summary>
    /// <exception cref="CorruptBlobException">The bytes are damaged, or they are not such a record.</exception>
    public static T Read<T>(BlobKind kind, string blobName, ReadOnlyMemory<byte> blob, JsonTypeInfo<T> type)
        where T : class
    {
        ReadOnlyMemory<byte> body = BlobEnvelope.Unwrap(kind, blobName, blob, out _);
        try
        {
            return JsonSerializer.Deserialize(body.Span, type)
                ?? throw new CorruptBlobException(blobName, BlobEnvelope.HeaderBytes, typeof(T).Name, "null");
        }
        catch (JsonException error)
        {
            throw new CorruptBlobException(
                blobName, BlobEnvelope.HeaderBytes + (error.BytePositionInLine ?? 0), typeof(T).Name, error.Message);
        }
    }
}
