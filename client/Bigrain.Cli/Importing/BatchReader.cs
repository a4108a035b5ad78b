using System.Text;
using Bigrain.Api;
using Bigrain.Api.Documents;
using Bigrain.Cli.Files;
using Bigrain.Index.Errors;

namespace Bigrain.Cli.Importing;

/// <summary>Cuts rows into batches by bytes and rows.</summary>
internal sealed class BatchReader
{
    /// <summary>Decoded bytes of a batch: well under the limit of one stream's share, should all ids fall to one stream.</summary>
    private const int TargetBytes = 2 * 1024 * 1024;

    private readonly RowSequence _rows;
    private readonly int _dimension;
    private VectorRow? _held;

    /// <summary>Reads from rows.</summary>
    /// <param name="rows">Rows.</param>
    /// <param name="dimension">Dimension that the collection wants.</param>
    public BatchReader(RowSequence rows, int dimension)
    {
        _rows = rows;
        _dimension = dimension;
    }

    /// <summary>Why reading stopped before the end; null when it did not.</summary>
    public BigrainException? Fault { get; private set; }

    /// <summary>Number of the row after the last batch.</summary>
    public long NextRow { get; private set; }

    /// <summary>Reads the next batch. Rows before a fault still come as a batch.</summary>
    /// <returns>The batch; null at the end or after a fault.</returns>
    public ImportBatch? Read()
    {
        List<Document> documents = [];
        long first = NextRow;
        long bytes = 0;
        while (documents.Count < ApiLimits.MaxDocumentsPerRequest && Next() is { } row)
        {
            long rowBytes = Encoding.UTF8.GetByteCount(row.Id!) + row.Vector.Length + (row.Payload?.Utf8.Length ?? 0);
            if (documents.Count > 0 && bytes + rowBytes > TargetBytes)
            {
                _held = row;
                break;
            }

            if (documents.Count == 0)
            {
                first = row.Number;
            }

            bytes += rowBytes;
            NextRow = row.Number + 1;
            documents.Add(new Document { Id = row.Id, VectorBase64 = row.Vector, Payload = row.Payload, ExpiresAt = row.ExpiresAt });
        }

        return documents.Count == 0 ? null : new ImportBatch(first, documents);
    }

    private VectorRow? Next()
    {
        if (_held is { } held)
        {
            _held = null;
            return held;
        }

        if (Fault is not null)
        {
            return null;
        }

        try
        {
            VectorRow? row = _rows.Read();
            if (row is not null && row.Dimension != _dimension)
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument,
                    $"{_rows.Path}: row {_rows.RowInFile(row.Number)} has {row.Dimension} elements; the collection's dimension is {_dimension}",
                    "vector");
            }

            return row;
        }
        catch (BigrainException e)
        {
            Fault = e;
            return null;
        }
    }
}
