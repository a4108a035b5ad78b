using Bigrain.Index.Catalog;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Routing;
using Bigrain.Index.Schema;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>The rows of one request, split by stream and packed as they will be stored.</summary>
internal sealed class StreamBatches
{
    private readonly LogBatchBuilder?[] _builders;
    private readonly List<byte> _streamOfRow = [];
    private readonly IIdHash _hash;
    private readonly int _representationCount;
    private readonly string? _batchId;
    private int _decodedBytes;

    /// <summary>Starts an empty request.</summary>
    public StreamBatches(CollectionHead head, IIdHash hash, string? batchId)
    {
        _builders = new LogBatchBuilder?[head.Schema.StreamCount];
        _representationCount = head.Schema.Representations.Length;
        _hash = hash;
        _batchId = batchId;
    }

    /// <summary>Rows so far.</summary>
    public int RowCount => _streamOfRow.Count;

    /// <summary>Adds a document.</summary>
    public void AddUpsert(ReadOnlySpan<byte> id, ReadOnlySpan<float> vector, ReadOnlySpan<byte> payload)
    {
        ulong idHash = _hash.Hash(id);
        BuilderOf(idHash, id.Length + (vector.Length * sizeof(float)) + payload.Length, "documents")
            .AddUpsert(id, idHash, vector, payload);
    }

    /// <summary>Adds a removal.</summary>
    public void AddDelete(ReadOnlySpan<byte> id)
    {
        ulong idHash = _hash.Hash(id);
        BuilderOf(idHash, id.Length, "ids").AddDelete(id, idHash);
    }

    /// <summary>Ends the batches; a stream without rows has none.</summary>
    public IEnumerable<(int Stream, byte[] Batch)> Build()
    {
        for (int stream = 0; stream < _builders.Length; stream++)
        {
            if (_builders[stream] is { } builder)
            {
                yield return (stream, builder.Build());
            }
        }
    }

    /// <summary>Rows of the request that belong to one of <paramref name="streams"/>.</summary>
    public int[] RowsOf(IReadOnlySet<int> streams) =>
        [.. Enumerable.Range(0, RowCount).Where(row => streams.Contains(_streamOfRow[row]))];

    private LogBatchBuilder BuilderOf(ulong idHash, int rowBytes, string field)
    {
        if (RowCount == Limits.MaxDocumentsPerRequest)
        {
            throw TooLarge(field, FormattableString.Invariant($"a request may have {Limits.MaxDocumentsPerRequest} {field}: split it"));
        }

        int stream = HashRange.Of(idHash, _builders.Length);
        LogBatchBuilder builder = _builders[stream] ??= new LogBatchBuilder(_representationCount, _batchId, rowBytes * 4);
        _decodedBytes += rowBytes;
        if (_decodedBytes > Limits.MaxRequestBytes)
        {
            throw TooLarge(field, FormattableString.Invariant(
                $"the request has over {Limits.MaxRequestBytes} bytes of ids, vectors and payloads: split it"));
        }

        if (builder.DecodedByteCount + rowBytes > Limits.MaxStreamShareBytes)
        {
            throw TooLarge(field, FormattableString.Invariant(
                $"over {Limits.MaxStreamShareBytes} bytes of the request fall to one stream: split it"));
        }

        _streamOfRow.Add((byte)stream);
        return builder;
    }

    private static BigrainException TooLarge(string field, string message) => new(ErrorCode.TooLarge, message, field);
}
