using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>Lloyd's rounds in all subspaces over rows that stay, from words that are there already.</summary>
internal sealed class SubspaceLloyd(Matrix rows, int threads)
{
    private const int ChunkRows = 1536;

    private byte[] _codes = [];

    /// <summary>Takes rows drawn at random as the first words of each subspace.</summary>
    public static void Start(Matrix rows, ProductCodebooks codebooks, SeededRandom random)
    {
        for (var subspace = 0; subspace < codebooks.SubspaceCount; subspace++)
        {
            var order = Enumerable.Range(0, rows.Rows).ToArray();
            random.Shuffle<int>(order);
            for (var word = 0; word < codebooks.WordCount; word++)
            {
                // With fewer rows than words some words are equal: harmless, the first of equals is used.
                PartOf(rows.Row(order[word % order.Length]), codebooks, subspace).CopyTo(codebooks.Word(subspace, word));
            }
        }
    }

    /// <summary>Finds the word of each row and moves each word to the mean of its rows.</summary>
    public void Run(ProductCodebooks codebooks, int rounds, SeededRandom random, CancellationToken cancellation)
    {
        for (var round = 0; round < rounds; round++)
        {
            Assign(codebooks, cancellation);
            var stream = random.Fork(random.Word());
            FixedChunks.Run(codebooks.SubspaceCount, 1, threads, (subspace, _) =>
                Average(codebooks, subspace, stream.Fork((ulong)subspace)), cancellation);
        }
    }

    /// <summary>Finds the word of each row.</summary>
    public void Assign(ProductCodebooks codebooks, CancellationToken cancellation)
    {
        var subspaces = codebooks.SubspaceCount;
        _codes = new byte[rows.Rows * subspaces];
        using var assigner = new CodeAssigner(codebooks);
        FixedChunks.Run(rows.Rows, ChunkRows, threads, (first, count) =>
            assigner.Assign(rows.RowRange(first, count), _codes.AsSpan(first * subspaces, count * subspaces)), cancellation);
    }

    /// <summary>What the codes of the last assignment stand for, one row each.</summary>
    public Matrix Reconstruct(ProductCodebooks codebooks)
    {
        var values = new Matrix(rows.Rows, rows.Columns);
        for (var row = 0; row < rows.Rows; row++)
        {
            codebooks.Decode(_codes.AsSpan(row * codebooks.SubspaceCount, codebooks.SubspaceCount), values.Row(row));
        }

        return values;
    }

    private static ReadOnlySpan<float> PartOf(ReadOnlySpan<float> row, ProductCodebooks codebooks, int subspace) =>
        row.Slice(codebooks.Start(subspace), codebooks.Width(subspace));

    private void Average(ProductCodebooks codebooks, int subspace, SeededRandom random)
    {
        var width = codebooks.Width(subspace);
        var sums = new double[codebooks.WordCount * width];
        var counts = new int[codebooks.WordCount];
        for (var row = 0; row < rows.Rows; row++)
        {
            var word = _codes[(row * codebooks.SubspaceCount) + subspace];
            counts[word]++;
            var sum = sums.AsSpan(word * width, width);
            var part = PartOf(rows.Row(row), codebooks, subspace);
            for (var i = 0; i < part.Length; i++)
            {
                sum[i] += part[i];
            }
        }

        for (var word = 0; word < counts.Length; word++)
        {
            var coordinates = codebooks.Word(subspace, word);
            if (counts[word] == 0)
            {
                // A word that nobody uses starts again from some row.
                PartOf(rows.Row(random.Next(rows.Rows)), codebooks, subspace).CopyTo(coordinates);
                continue;
            }

            for (var i = 0; i < width; i++)
            {
                coordinates[i] = (float)(sums[(word * width) + i] / counts[word]);
            }
        }
    }
}
