using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Models;

/// <summary>The model file: what training has learned, as one blob that <c>bigrain reindex --model</c> makes a generation of.</summary>
/// <remarks>Immutable. Format page: docs/formats/model.md.</remarks>
public sealed class TrainedModel
{
    /// <summary>Largest file.</summary>
    public const int MaxBytes = 64 * 1024 * 1024;

    private const int HeaderBytes = 64;

    private readonly byte[] _blob;

    private TrainedModel(byte[] blob, ModelContent content)
    {
        _blob = blob;
        Content = content;
        Hash = BinaryPrimitives.ReadUInt128BigEndian(XxHash128.Hash(blob));
    }

    /// <summary>What it holds.</summary>
    public ModelContent Content { get; }

    /// <summary>Hash of the whole file: what generations and queries name it by.</summary>
    public UInt128 Hash { get; }

    /// <summary>The hash as it is written: 32 lowercase hex digits.</summary>
    public string HashText => Hash.ToString("x32", CultureInfo.InvariantCulture);

    /// <summary>Makes the file.</summary>
    /// <param name="content">What it shall hold.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: a shape, a value or the metric does not fit, or the file
    /// would be over <see cref="MaxBytes"/>.</exception>
    public static TrainedModel Create(ModelContent content)
    {
        ArgumentNullException.ThrowIfNull(content);
        ModelRules.Require(content);
        byte[] provenance = Encoding.UTF8.GetBytes(content.Provenance);
        long length = HeaderBytes + provenance.Length + ModelRules.Sections(content).Sum(section => (long)section.Length * sizeof(float));
        if (length + BlobEnvelope.HeaderBytes + BlobEnvelope.TrailerBytes > MaxBytes)
        {
            throw ModelRules.Invalid($"a model of {length} bytes is over {MaxBytes}: use fewer dimensions or fewer heads");
        }

        var body = new byte[length];
        BinaryPrimitives.WriteInt32LittleEndian(body, content.Dimension);
        body[4] = (byte)content.Metric;
        body[5] = (byte)content.Codebooks.Bits;
        BinaryPrimitives.WriteUInt16LittleEndian(body.AsSpan(6), (ushort)PartsOf(content));
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(8), content.Codebooks.SubspaceCount);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(12), (content.Centroids?.Length ?? 0) / content.Dimension);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(16), content.Shortlist);
        BinaryPrimitives.WriteSingleLittleEndian(body.AsSpan(20), content.Lambda);
        BinaryPrimitives.WriteInt32LittleEndian(body.AsSpan(24), provenance.Length);
        int offset = HeaderBytes;
        foreach (ReadOnlyMemory<float> section in ModelRules.Sections(content))
        {
            ReadOnlySpan<byte> bytes = MemoryMarshal.AsBytes(section.Span);
            bytes.CopyTo(body.AsSpan(offset));
            offset += bytes.Length;
        }

        provenance.CopyTo(body.AsSpan(offset));
        return new TrainedModel(BlobEnvelope.Wrap(BlobKind.Model, BlobEnvelope.NewestVersion(BlobKind.Model), body), content);
    }

    /// <summary>Reads a file.</summary>
    /// <param name="blobName">Its name, for the error.</param>
    /// <param name="blob">The whole file.</param>
    /// <exception cref="CorruptBlobException">It is not what was written, or no model.</exception>
    public static TrainedModel Parse(string blobName, ReadOnlyMemory<byte> blob)
    {
        ReadOnlySpan<byte> body = BlobEnvelope.Unwrap(BlobKind.Model, blobName, blob, out _).Span;
        if (body.Length < HeaderBytes)
        {
            throw new CorruptBlobException(blobName, BlobEnvelope.HeaderBytes, $"{HeaderBytes} bytes", $"{body.Length}");
        }

        int dimension = BinaryPrimitives.ReadInt32LittleEndian(body);
        int bits = body[5];
        var parts = (ModelParts)BinaryPrimitives.ReadUInt16LittleEndian(body[6..]);
        int subspaces = BinaryPrimitives.ReadInt32LittleEndian(body[8..]);
        int centroids = BinaryPrimitives.ReadInt32LittleEndian(body[12..]);
        int provenance = BinaryPrimitives.ReadInt32LittleEndian(body[24..]);
        bool plausible = dimension is >= 1 and <= Limits.MaxDimension
            && bits is 4 or 8
            && subspaces >= 1 && subspaces <= dimension
            && centroids >= 0 && parts.HasFlag(ModelParts.Centroids) == centroids > 0
            && provenance >= 0
            && body.Length == HeaderBytes + provenance + (FloatsOf(parts, dimension, bits, centroids) * sizeof(float));
        if (!plausible)
        {
            throw new CorruptBlobException(blobName, BlobEnvelope.HeaderBytes, "a model within its limits", Convert.ToHexString(body[..HeaderBytes]));
        }

        var reader = new Sections(body[HeaderBytes..]);
        var content = new ModelContent
        {
            Dimension = dimension,
            Metric = (Metric)body[4],
            Rotation = reader.Take(dimension * dimension),
            Codebooks = new PqCodebooks(reader.Take(dimension << bits), dimension, subspaces, bits),
            ScoreCodebooks = parts.HasFlag(ModelParts.ScoreCodebooks) ? new PqCodebooks(reader.Take(dimension << bits), dimension, subspaces, bits) : null,
            Centroids = parts.HasFlag(ModelParts.Centroids) ? reader.Take(centroids * dimension) : null,
            SparseQueryHead = parts.HasFlag(ModelParts.SparseQueryHead) ? reader.Take(dimension * dimension) : null,
            DenseQueryHead = parts.HasFlag(ModelParts.DenseQueryHead) ? reader.Take(dimension * dimension) : null,
            DenseDocumentHead = parts.HasFlag(ModelParts.DenseDocumentHead) ? reader.Take(dimension * dimension) : null,
            Shortlist = BinaryPrimitives.ReadInt32LittleEndian(body[16..]),
            Lambda = BinaryPrimitives.ReadSingleLittleEndian(body[20..]),
            Provenance = Encoding.UTF8.GetString(body[^provenance..]),
        };
        try
        {
            ModelRules.Require(content);
        }
        catch (BigrainException fault)
        {
            throw new CorruptBlobException(blobName, BlobEnvelope.HeaderBytes, "a sound model", fault.Message);
        }

        return new TrainedModel(blob.ToArray(), content);
    }

    /// <summary>The file.</summary>
    public ReadOnlyMemory<byte> ToBlob() => _blob;

    private static ModelParts PartsOf(ModelContent content) =>
        (content.ScoreCodebooks is null ? 0 : ModelParts.ScoreCodebooks)
        | (content.Centroids is null ? 0 : ModelParts.Centroids)
        | (content.SparseQueryHead is null ? 0 : ModelParts.SparseQueryHead)
        | (content.DenseQueryHead is null ? 0 : ModelParts.DenseQueryHead)
        | (content.DenseDocumentHead is null ? 0 : ModelParts.DenseDocumentHead);

    private static long FloatsOf(ModelParts parts, long dimension, int bits, long centroids)
    {
        long heads = Count(ModelParts.SparseQueryHead) + Count(ModelParts.DenseQueryHead) + Count(ModelParts.DenseDocumentHead);
        return ((1 + heads) * dimension * dimension) + ((1 + Count(ModelParts.ScoreCodebooks)) * (dimension << bits)) + (centroids * dimension);

        long Count(ModelParts part) => parts.HasFlag(part) ? 1 : 0;
    }

    private ref struct Sections(ReadOnlySpan<byte> bytes)
    {
        private ReadOnlySpan<byte> _rest = bytes;

        public float[] Take(int count)
        {
            float[] values = MemoryMarshal.Cast<byte, float>(_rest[..(count * sizeof(float))]).ToArray();
            _rest = _rest[(count * sizeof(float))..];
            return values;
        }
    }
}
