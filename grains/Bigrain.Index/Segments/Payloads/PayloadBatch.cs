using Bigrain.Index.Blobs;

namespace Bigrain.Index.Segments.Payloads;

/// <summary>Payloads as far as they could be read.</summary>
/// <param name="Payloads">One per slot asked for, in that order: UTF-8 JSON, empty for a document without one, null where it could not be read.</param>
/// <param name="Failure">Why some are null (<see cref="CorruptBlobException"/> or <see cref="BlobStoreException"/>); null when all were read.</param>
/// <param name="BytesRead">Bytes read.</param>
/// <param name="Reads">Ranged reads.</param>
public sealed record PayloadBatch(
    IReadOnlyList<ReadOnlyMemory<byte>?> Payloads,
    Exception? Failure,
    long BytesRead,
    int Reads);
