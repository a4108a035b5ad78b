using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Bigrain.Cli.Files;
using Bigrain.Index.Errors;
using Bigrain.Index.Exact;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Truth;

/// <summary>Exact neighbours of queries, the closest first; docs/formats/truth.md describes the file.</summary>
internal sealed class TruthTable
{
    private const int HeaderBytes = 8;

    /// <summary>Makes an empty table.</summary>
    public TruthTable(int queryCount, int k)
    {
        QueryCount = queryCount;
        K = k;
        Ids = new int[queryCount * k];
        Distances = new float[queryCount * k];
    }

    /// <summary>Queries.</summary>
    public int QueryCount { get; }

    /// <summary>Neighbours of each.</summary>
    public int K { get; }

    /// <summary>Row numbers of the base; shape <c>[n, k]</c>.</summary>
    public int[] Ids { get; }

    /// <summary>Squared distances for l2, similarities for cosine and dot; shape <c>[n, k]</c>.</summary>
    public float[] Distances { get; }

    /// <summary>The table of a finished search.</summary>
    /// <param name="search">The search.</param>
    /// <param name="metric">Its metric.</param>
    public static TruthTable Of(ExactSearch search, Metric metric)
    {
        (float Distance, int Row)[][] nearest = [.. Enumerable.Range(0, search.QueryCount).Select(search.Nearest)];
        int k = nearest.Length == 0 ? 0 : nearest.Min(static rows => rows.Length);
        TruthTable table = new(nearest.Length, k);
        for (int query = 0; query < nearest.Length; query++)
        {
            for (int rank = 0; rank < k; rank++)
            {
                (float distance, int row) = nearest[query][rank];
                table.Ids[(query * k) + rank] = row;
                table.Distances[(query * k) + rank] = metric == Metric.L2 ? distance : -distance;
            }
        }

        return table;
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="BigrainException">Not there, or its length contradicts its header.</exception>
    public static TruthTable Read(string path)
    {
        using ByteSource source = ByteSource.Open(path);
        Span<byte> header = stackalloc byte[HeaderBytes];
        if (source.Read(header, row: 0) < HeaderBytes)
        {
            throw FileFault.Header(path, 0, $"the file ends within its header of {HeaderBytes} bytes; make it again with 'bigrain truth'");
        }

        uint queries = BinaryPrimitives.ReadUInt32LittleEndian(header);
        uint k = BinaryPrimitives.ReadUInt32LittleEndian(header[4..]);
        long expected = HeaderBytes + ((long)queries * k * (sizeof(int) + sizeof(float)));
        if ((long)queries * k > Array.MaxLength || (source.Length is { } length && length != expected))
        {
            throw FileFault.Header(
                path, 0, $"says {queries} queries of {k} neighbours, which is {expected} bytes, but the file has {source.Length}; make it again with 'bigrain truth'");
        }

        TruthTable table = new((int)queries, (int)k);
        ReadAll(source, MemoryMarshal.AsBytes(table.Ids.AsSpan()));
        ReadAll(source, MemoryMarshal.AsBytes(table.Distances.AsSpan()));
        return table;
    }

    /// <summary>Writes the file; it appears whole or not at all.</summary>
    public void Write(string path)
    {
        string unfinished = path + ".part";
        using (FileStream file = new(unfinished, FileMode.Create, FileAccess.Write))
        {
            Span<byte> header = stackalloc byte[HeaderBytes];
            BinaryPrimitives.WriteUInt32LittleEndian(header, (uint)QueryCount);
            BinaryPrimitives.WriteUInt32LittleEndian(header[4..], (uint)K);
            file.Write(header);
            file.Write(MemoryMarshal.AsBytes(Ids.AsSpan()));
            file.Write(MemoryMarshal.AsBytes(Distances.AsSpan()));
        }

        File.Move(unfinished, path, overwrite: true);
    }

    private static void ReadAll(ByteSource source, Span<byte> target)
    {
        long offset = source.Offset;
        int read = source.Read(target, row: 0);
        if (read < target.Length)
        {
            throw FileFault.Header(source.Path, offset + read, "the file ends early; make it again with 'bigrain truth'");
        }
    }
}
