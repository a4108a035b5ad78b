using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Bigrain.Index.Errors;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Data;

/// <summary>A set out of vectors alone. Nobody judged anything: <b>relevant to a query are its exact nearest documents by cosine</b>, so the set
/// measures how well codes keep the order of the full vectors, not relevance, and nothing can rank better on it than the vectors
/// themselves.</summary>
public static class UnlabelledVectors
{
    /// <summary>Makes a set: some vectors become queries and are no documents any more.</summary>
    /// <param name="name">Name for reports.</param>
    /// <param name="vectors">The vectors; they are normalised in place.</param>
    /// <param name="training">Queries that train.</param>
    /// <param name="validation">Queries that validate.</param>
    /// <param name="test">Queries that test.</param>
    /// <param name="relevant">Neighbours that count as relevant.</param>
    /// <param name="seed">Seed of the draw.</param>
    public static TrainingSet Make(string name, Matrix vectors, int training, int validation, int test, int relevant = 10, ulong seed = 1)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        int queries = training + validation + test;
        if (queries + relevant > vectors.Rows)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, $"{vectors.Rows} vectors are too few for {queries} queries and {relevant} neighbours; ask for fewer queries", "queries");
        }

        UnitRows.Normalise(vectors);
        var random = new SeededRandom(seed);
        int[] chosen = random.Sample(vectors.Rows, queries);
        var isQuery = new HashSet<int>(chosen);
        Matrix asked = vectors.Gather(chosen);
        Matrix documents = vectors.Gather([.. Enumerable.Range(0, vectors.Rows).Where(row => !isQuery.Contains(row))]);
        QuerySplit split = QuerySplits.Draw([.. Enumerable.Range(0, queries)], training, validation, test, random);
        return new TrainingSet(name, documents, asked, NearestJudgements.Of(asked, documents, relevant), split, RankMetric.Cosine);
    }

    /// <summary>Reads a file of half-precision vectors: rows and dimension as 32-bit numbers, then the elements, little endian.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="BigrainException">The file is not as long as its header says.</exception>
    public static Matrix ReadHalves(string path)
    {
        byte[] bytes = File.ReadAllBytes(path);
        int rows = bytes.Length < 8 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes);
        int columns = bytes.Length < 8 ? 0 : BinaryPrimitives.ReadInt32LittleEndian(bytes.AsSpan(4));
        if (rows < 1 || columns < 1 || bytes.Length != 8 + (2L * rows * columns))
        {
            throw new BigrainException(ErrorCode.DataCorrupt, $"{path}: {bytes.Length} bytes are not {rows} rows of {columns} halves; fetch the file again", "file");
        }

        ReadOnlySpan<Half> halves = MemoryMarshal.Cast<byte, Half>(bytes.AsSpan(8));
        var matrix = new Matrix(rows, columns);
        for (int i = 0; i < halves.Length; i++)
        {
            matrix.Values[i] = (float)halves[i];
        }

        return matrix;
    }
}
