using System.Buffers.Binary;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Coarse;

/// <summary>What a generation has learned once for all of its segments: PQ codebooks of rotated residuals, or a whole trained model.</summary>
/// <remarks>Immutable and shared by every segment that was coded with it. Format page: docs/formats/tables.md.</remarks>
public sealed class LearnedTables
{
    private const int HeaderBytes = 24;

    private readonly byte[] _blob;

    private LearnedTables(byte[] blob, PqCodebooks codebooks, ulong? rotationSeed, ModelTransform? model = null)
    {
        _blob = blob;
        Model = model;
        Codebooks = codebooks;
        RotationSeed = rotationSeed;
        Hash = BinaryPrimitives.ReadUInt128BigEndian(XxHash128.Hash(blob));
        Form = new PqForm(codebooks);
    }

    /// <summary>The codebooks.</summary>
    public PqCodebooks Codebooks { get; }

    /// <summary>Seed of the rotation that was before them; null for a model, which has a rotation of its own.</summary>
    public ulong? RotationSeed { get; }

    /// <summary>The trained model that they are of; null for codebooks alone.</summary>
    public ModelTransform? Model { get; }

    /// <summary>Hash of the blob: what segments name them by.</summary>
    public UInt128 Hash { get; }

    /// <summary>The codec of these codebooks.</summary>
    public CodecSpec Codec => CodecSpec.Pq(Codebooks.SubspaceCount, Codebooks.Bits);

    /// <summary>Bytes of memory, once for a silo.</summary>
    public long MemoryBytes => 2L * _blob.Length;

    /// <summary>Codes of these codebooks, for every segment the same.</summary>
    internal PqForm Form { get; }

    /// <summary>Wraps codebooks.</summary>
    /// <param name="codebooks">The codebooks.</param>
    /// <param name="rotationSeed">Seed of the rotation that residuals get before them.</param>
    public static LearnedTables Of(PqCodebooks codebooks, ulong rotationSeed)
    {
        ArgumentNullException.ThrowIfNull(codebooks);
        var body = new byte[HeaderBytes + (codebooks.Centroids.Length * sizeof(float))];
        body[0] = (byte)CodecKind.Pq;
        body[1] = (byte)codebooks.Bits;
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(4), codebooks.Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(8), codebooks.SubspaceCount);
        BinaryPrimitives.WriteUInt64LittleEndian(body.AsSpan(16), rotationSeed);
        MemoryMarshal.AsBytes(codebooks.Centroids).CopyTo(body.AsSpan(HeaderBytes));
        return new LearnedTables(
            BlobEnvelope.Wrap(BlobKind.Tables, BlobEnvelope.NewestVersion(BlobKind.Tables), body), codebooks, rotationSeed);
    }

    /// <summary>Wraps a trained model: its file is the blob.</summary>
    /// <param name="model">The model.</param>
    public static LearnedTables Of(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        return new LearnedTables(model.ToBlob().ToArray(), model.Content.Codebooks, rotationSeed: null, new ModelTransform(model));
    }

    /// <summary>Reads a blob: tables or a model.</summary>
    /// <param name="blobName">Its name, for the error.</param>
    /// <param name="blob">The whole blob.</param>
    /// <exception cref="CorruptBlobException">It is not what was written.</exception>
    public static LearnedTables Parse(string blobName, ReadOnlyMemory<byte> blob)
    {
        if (BlobEnvelope.IsOf(BlobKind.Model, blob.Span))
        {
            return Of(TrainedModel.Parse(blobName, blob));
        }

        ReadOnlySpan<byte> body = BlobEnvelope.Unwrap(BlobKind.Tables, blobName, blob, out _).Span;
        if (body.Length < HeaderBytes)
        {
            throw new CorruptBlobException(blobName, BlobEnvelope.HeaderBytes, $"{HeaderBytes} bytes", $"{body.Length}");
        }

        int bits = body[1];
        int dimension = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        int subspaces = BinaryPrimitives.ReadInt32LittleEndian(body[8..]);
        bool plausible = body[0] == (byte)CodecKind.Pq
            && bits is 4 or 8
            && dimension is >= 1 and <= Limits.MaxDimension
            && subspaces >= 1 && subspaces <= dimension
            && body.Length == HeaderBytes + ((long)(dimension << bits) * sizeof(float));
        if (!plausible)
        {
            throw new CorruptBlobException(
                blobName, BlobEnvelope.HeaderBytes, "tables within their limits", Convert.ToHexString(body[..HeaderBytes]));
        }

        float[] centroids = MemoryMarshal.Cast<byte, float>(body[HeaderBytes..]).ToArray();
        return new LearnedTables(
            blob.ToArray(), new PqCodebooks(centroids, dimension, subspaces, bits), BinaryPrimitives.ReadUInt64LittleEndian(body[16..]));
    }

    /// <summary>The blob.</summary>
    public ReadOnlyMemory<byte> ToBlob() => _blob;
}
