using System.Collections.Immutable;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Unicode;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Routing;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;

namespace Bigrain.Index.Documents;

/// <summary>Validates the rows of one write request and splits them by stream. All or nothing: the first fault throws, and nothing was sent.</summary>
/// <remarks>
/// <para>Not thread safe. Rows keep their order inside a stream, and every row of one id is in one stream; of several rows with
/// the same id the last one wins.</para>
/// <para>Errors are <see cref="BigrainException"/> with <see cref="ErrorCode.InvalidArgument"/>, or
/// <see cref="ErrorCode.TooLarge"/> where less would fit; their field names the row (<c>documents[3].vector</c>,
/// <c>ids[3]</c>).</para>
/// </remarks>
public sealed class WriteRequestBuilder
{
    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly CollectionSchema _schema;
    private readonly IIdHash _hash;
    private readonly string? _batchId;
    private readonly int _expectedShareBytes;
    private readonly LogBatchBuilder?[] _streams;
    private readonly ImmutableArray<int>.Builder?[] _rows;
    private readonly ImmutableArray<WriteCondition>.Builder?[] _conditions;
    private int _decodedBytes;

    /// <summary>Starts a request.</summary>
    /// <param name="schema">Schema of the collection.</param>
    /// <param name="hash">Hash of ids.</param>
    /// <param name="batchId">The sender's id of the request; null for none.</param>
    /// <param name="expectedBytes">Expected size of the request, to save growing.</param>
    /// <exception cref="BigrainException">The batch id is empty or too long.</exception>
    public WriteRequestBuilder(CollectionSchema schema, IIdHash hash, string? batchId, int expectedBytes = 0)
    {
        ArgumentNullException.ThrowIfNull(schema);
        ArgumentNullException.ThrowIfNull(hash);
        if (batchId is not null && (batchId.Length == 0 || Encoding.UTF8.GetByteCount(batchId) > Limits.MaxBatchIdBytes))
        {
            throw Invalid($"batchId must have 1 to {Limits.MaxBatchIdBytes} bytes", "batchId");
        }

        _schema = schema;
        _hash = hash;
        _batchId = batchId;
        _streams = new LogBatchBuilder?[schema.StreamCount];
        _rows = new ImmutableArray<int>.Builder?[schema.StreamCount];
        _conditions = new ImmutableArray<WriteCondition>.Builder?[schema.StreamCount];
        _expectedShareBytes = Math.Clamp((int)(expectedBytes * 1.1 / schema.StreamCount), 4_096, Limits.MaxRequestBytes);
    }

    /// <summary>Rows so far.</summary>
    public int RowCount { get; private set; }

    /// <summary>Adds a document of a collection with one representation.</summary>
    /// <param name="id">Document id.</param>
    /// <param name="vector">Its vector.</param>
    /// <param name="payload">UTF-8 JSON object; empty for none.</param>
    /// <param name="expiresAt">When it expires; null for never.</param>
    /// <exception cref="BigrainException">The row breaks a limit.</exception>
    public void AddUpsert(string id, ReadOnlySpan<float> vector, ReadOnlySpan<byte> payload, DateTimeOffset? expiresAt = null)
    {
        Span<byte> utf8 = stackalloc byte[Limits.MaxIdBytes];
        AddUpsert(Encode(id, utf8, "documents"), vector, payload, expiresAt);
    }

    /// <summary>Adds a document of a collection with one representation.</summary>
    /// <param name="id">Document id, UTF-8.</param>
    /// <param name="vector">Its vector.</param>
    /// <param name="payload">UTF-8 JSON object; empty for none.</param>
    /// <param name="expiresAt">When it expires; null for never.</param>
    /// <param name="ifVersion">Version that the stored document must have; null writes over whatever there is.</param>
    /// <exception cref="BigrainException">The row breaks a limit.</exception>
    public void AddUpsert(
        ReadOnlySpan<byte> id,
        ReadOnlySpan<float> vector,
        ReadOnlySpan<byte> payload,
        DateTimeOffset? expiresAt = null,
        RowVersion? ifVersion = null)
    {
        if (_schema.Representations.Length != 1)
        {
            throw Invalid($"the collection has {_schema.Representations.Length} representations: name the vectors", Field("vector"));
        }

        Check(id, payload);
        if (VectorRules.Fault(vector, _schema.Default) is { } fault)
        {
            throw Invalid($"{fault}", Field("vector"));
        }

        LogBatchBuilder share = ShareOf(id, id.Length + (vector.Length * sizeof(float)) + payload.Length, out ulong idHash);
        Expect(ifVersion, idHash);
        share.AddUpsert(id, idHash, vector, payload, expiresAt?.ToUnixTimeMilliseconds());
        RowCount++;
    }

    /// <summary>Adds a document.</summary>
    /// <param name="id">Document id, UTF-8.</param>
    /// <param name="littleEndianVectors">A vector per representation of the schema in its order, little-endian fp32; empty where the document lacks one.</param>
    /// <param name="payload">UTF-8 JSON object; empty for none.</param>
    /// <param name="expiresAt">When it expires; null for never.</param>
    /// <exception cref="BigrainException">The row breaks a limit.</exception>
    public void AddUpsert(
        ReadOnlySpan<byte> id, ReadOnlySpan<ReadOnlyMemory<byte>> littleEndianVectors, ReadOnlySpan<byte> payload, DateTimeOffset? expiresAt = null)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(littleEndianVectors.Length, _schema.Representations.Length);
        Check(id, payload);
        int vectorBytes = 0;
        for (int r = 0; r < littleEndianVectors.Length; r++)
        {
            CheckVector(littleEndianVectors[r].Span, _schema.Representations[r]);
            vectorBytes += littleEndianVectors[r].Length;
        }

        if (vectorBytes == 0)
        {
            throw Invalid($"the document has no vector", Field("vector"));
        }

        LogBatchBuilder share = ShareOf(id, id.Length + vectorBytes + payload.Length, out ulong idHash);
        share.AddUpsert(id, idHash, littleEndianVectors, payload, expiresAt?.ToUnixTimeMilliseconds());
        RowCount++;
    }

    /// <summary>Adds the removal of a document.</summary>
    /// <param name="id">Document id.</param>
    /// <exception cref="BigrainException">The row breaks a limit.</exception>
    public void AddDelete(string id)
    {
        Span<byte> utf8 = stackalloc byte[Limits.MaxIdBytes];
        AddDelete(Encode(id, utf8, "ids"));
    }

    /// <summary>Adds the removal of a document.</summary>
    /// <param name="id">Document id, UTF-8.</param>
    /// <param name="ifVersion">Version that the stored document must have; null removes whatever there is.</param>
    /// <exception cref="BigrainException">The row breaks a limit.</exception>
    public void AddDelete(ReadOnlySpan<byte> id, RowVersion? ifVersion = null)
    {
        string? fault = IdFault(id);
        CheckCount("ids");
        if (fault is not null)
        {
            throw Invalid($"{fault}", FormattableString.Invariant($"ids[{RowCount}]"));
        }

        LogBatchBuilder share = ShareOf(id, id.Length, out ulong idHash);
        Expect(ifVersion, idHash);
        share.AddDelete(id, idHash);
        RowCount++;
    }

    /// <summary>Ends the request.</summary>
    /// <returns>One share per stream touched, by stream number.</returns>
    /// <exception cref="BigrainException">There is no row.</exception>
    public ImmutableArray<StreamShare> Build()
    {
        if (RowCount == 0)
        {
            throw Invalid($"the request has no rows: send at least one", "documents");
        }

        var shares = ImmutableArray.CreateBuilder<StreamShare>(_streams.Length);
        for (int stream = 0; stream < _streams.Length; stream++)
        {
            if (_streams[stream] is { } share)
            {
                shares.Add(new StreamShare(stream, share.Build(), _rows[stream]!.ToImmutable())
                {
                    Conditions = _conditions[stream]?.ToImmutable() ?? [],
                });
            }
        }

        return shares.ToImmutable();
    }

    private static string? IdFault(ReadOnlySpan<byte> id)
    {
        if (id.Length is 0 or > Limits.MaxIdBytes)
        {
            return FormattableString.Invariant($"id has {id.Length} bytes of UTF-8, 1 to {Limits.MaxIdBytes} are allowed");
        }

        return Utf8.IsValid(id) ? null : "id is not valid UTF-8";
    }

    private static BigrainException Invalid(FormattableString message, string field) =>
        new(ErrorCode.InvalidArgument, FormattableString.Invariant(message), field);

    private static BigrainException TooLarge(string what, int most) => new(
        ErrorCode.TooLarge,
        FormattableString.Invariant($"{what} may have {most} bytes of ids, vectors and payloads: split it"),
        "documents");

    private ReadOnlySpan<byte> Encode(string? id, Span<byte> utf8, string rows)
    {
        try
        {
            if (id is { Length: > 0 and <= Limits.MaxIdBytes } && StrictUtf8.TryGetBytes(id, utf8, out int length))
            {
                return utf8[..length];
            }
        }
        catch (EncoderFallbackException)
        {
            throw Invalid($"id has half a surrogate pair", IdField(rows));
        }

        throw Invalid($"id must have 1 to {Limits.MaxIdBytes} bytes of UTF-8", IdField(rows));
    }

    private string IdField(string rows) => rows == "ids" ? FormattableString.Invariant($"ids[{RowCount}]") : Field("id");

    private string Field(string name) => FormattableString.Invariant($"documents[{RowCount}].{name}");

    private void Check(ReadOnlySpan<byte> id, ReadOnlySpan<byte> payload)
    {
        CheckCount("documents");
        if (IdFault(id) is { } idFault)
        {
            throw Invalid($"{idFault}", Field("id"));
        }

        if (PayloadRules.Fault(payload) is { } payloadFault)
        {
            throw Invalid($"{payloadFault}", Field("payload"));
        }
    }

    private void CheckVector(ReadOnlySpan<byte> vector, RepresentationSchema representation)
    {
        if (vector.IsEmpty)
        {
            return;
        }

        string? fault = vector.Length % sizeof(float) != 0
            ? FormattableString.Invariant($"vector has {vector.Length} bytes, which is no number of fp32 elements")
            : VectorRules.Fault(MemoryMarshal.Cast<byte, float>(vector), representation);
        if (fault is not null)
        {
            throw Invalid($"{fault}", _schema.Representations.Length == 1 ? Field("vector") : Field("vectors." + representation.Name));
        }
    }

    private void CheckCount(string field)
    {
        if (RowCount >= Limits.MaxDocumentsPerRequest)
        {
            throw new BigrainException(
                ErrorCode.TooLarge,
                FormattableString.Invariant($"a request may have {Limits.MaxDocumentsPerRequest} rows: split it"),
                field);
        }
    }

    /// <summary>Has the row that is being added wait for a version.</summary>
    private void Expect(RowVersion? version, ulong idHash)
    {
        if (version is { } expected)
        {
            int stream = HashRange.Of(idHash, _schema.StreamCount);
            (_conditions[stream] ??= ImmutableArray.CreateBuilder<WriteCondition>()).Add(new WriteCondition(_rows[stream]!.Count - 1, expected));
        }
    }

    /// <summary>Finds the row's stream and counts its bytes.</summary>
    private LogBatchBuilder ShareOf(ReadOnlySpan<byte> id, int decodedBytes, out ulong idHash)
    {
        idHash = _hash.Hash(id);
        int stream = HashRange.Of(idHash, _schema.StreamCount);
        LogBatchBuilder share = _streams[stream] ??= new LogBatchBuilder(_schema.Representations.Length, _batchId, _expectedShareBytes);
        _decodedBytes += decodedBytes;
        if (_decodedBytes > Limits.MaxRequestBytes)
        {
            throw TooLarge("a request", Limits.MaxRequestBytes);
        }

        if (share.DecodedByteCount + decodedBytes > Limits.MaxStreamShareBytes)
        {
            throw TooLarge("one stream's share of a request", Limits.MaxStreamShareBytes);
        }

        (_rows[stream] ??= ImmutableArray.CreateBuilder<int>()).Add(RowCount);
        return share;
    }
}
