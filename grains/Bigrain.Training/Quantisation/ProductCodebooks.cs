using Bigrain.Kernels.Pq;

namespace Bigrain.Training.Quantisation;

/// <summary>Codebooks of product quantisation in the form that is trained: word after word.</summary>
/// <remarks>Subspace m covers dimensions <c>d m / M</c> (rounded down) up to that of m + 1, as in <see cref="PqCodebooks"/>.
/// The values are mutable and not synchronised.</remarks>
public sealed class ProductCodebooks
{
    /// <summary>Makes codebooks of zeroes.</summary>
    /// <param name="dimension">Dimension d.</param>
    /// <param name="subspaceCount">Number of subspaces M, 1 to d.</param>
    /// <param name="bits">Bits of a sub-code: 4 or 8.</param>
    public ProductCodebooks(int dimension, int subspaceCount, int bits)
        : this(new float[dimension << bits], dimension, subspaceCount, bits)
    {
    }

    /// <summary>Wraps values; they are not copied.</summary>
    /// <param name="values">For each subspace in turn its words, each with its coordinates; length <c>d * 2^bits</c>.</param>
    /// <param name="dimension">Dimension d.</param>
    /// <param name="subspaceCount">Number of subspaces M, 1 to d.</param>
    /// <param name="bits">Bits of a sub-code: 4 or 8.</param>
    public ProductCodebooks(float[] values, int dimension, int subspaceCount, int bits)
    {
        ArgumentNullException.ThrowIfNull(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(subspaceCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(subspaceCount, dimension);
        if (bits is not (4 or 8))
        {
            throw new ArgumentOutOfRangeException(nameof(bits), bits, "codebooks have 4 or 8 bits");
        }

        ArgumentOutOfRangeException.ThrowIfNotEqual(values.Length, dimension << bits);
        (Values, Dimension, SubspaceCount, Bits) = (values, dimension, subspaceCount, bits);
    }

    /// <summary>All coordinates: for each subspace in turn its words.</summary>
    public float[] Values { get; }

    /// <summary>Dimension d.</summary>
    public int Dimension { get; }

    /// <summary>Number of subspaces M.</summary>
    public int SubspaceCount { get; }

    /// <summary>Bits of a sub-code.</summary>
    public int Bits { get; }

    /// <summary>Words of a subspace.</summary>
    public int WordCount => 1 << Bits;

    /// <summary>Root of the mean square of all coordinates: their scale.</summary>
    public double RootMeanSquare => Math.Sqrt(Values.Sum(value => (double)value * value) / Values.Length);

    /// <summary>Takes over what the serving kernels hold.</summary>
    /// <param name="codebooks">Codebooks; copied.</param>
    public static ProductCodebooks From(PqCodebooks codebooks)
    {
        ArgumentNullException.ThrowIfNull(codebooks);
        var trained = new ProductCodebooks(codebooks.Dimension, codebooks.SubspaceCount, codebooks.Bits);
        for (var subspace = 0; subspace < trained.SubspaceCount; subspace++)
        {
            for (var word = 0; word < trained.WordCount; word++)
            {
                var coordinates = trained.Word(subspace, word);
                for (var i = 0; i < coordinates.Length; i++)
                {
                    coordinates[i] = codebooks.Centroids[((trained.Start(subspace) + i) << trained.Bits) + word];
                }
            }
        }

        return trained;
    }

    /// <summary>The same codebooks in the form of the serving kernels.</summary>
    public PqCodebooks ToKernels()
    {
        var centroids = new float[Values.Length];
        for (var subspace = 0; subspace < SubspaceCount; subspace++)
        {
            for (var word = 0; word < WordCount; word++)
            {
                var coordinates = Word(subspace, word);
                for (var i = 0; i < coordinates.Length; i++)
                {
                    centroids[((Start(subspace) + i) << Bits) + word] = coordinates[i];
                }
            }
        }

        return new PqCodebooks(centroids, Dimension, SubspaceCount, Bits);
    }

    /// <summary>First dimension of a subspace; that of subspace M is d.</summary>
    /// <param name="subspace">Number of the subspace.</param>
    public int Start(int subspace) => (int)((long)Dimension * subspace / SubspaceCount);

    /// <summary>Dimensions of a subspace.</summary>
    /// <param name="subspace">Number of the subspace.</param>
    public int Width(int subspace) => Start(subspace + 1) - Start(subspace);

    /// <summary>All words of a subspace; shape <c>[2^bits, width]</c>.</summary>
    /// <param name="subspace">Number of the subspace.</param>
    public Span<float> Book(int subspace) => Values.AsSpan(Start(subspace) << Bits, Width(subspace) << Bits);

    /// <summary>Coordinates of a word.</summary>
    /// <param name="subspace">Number of the subspace.</param>
    /// <param name="word">Number of the word.</param>
    public Span<float> Word(int subspace, int word)
    {
        var width = Width(subspace);
        return Values.AsSpan((Start(subspace) << Bits) + (word * width), width);
    }

    /// <summary>Writes the vector that a code stands for.</summary>
    /// <param name="code">M sub-codes.</param>
    /// <param name="vector">Receives d coordinates.</param>
    public void Decode(ReadOnlySpan<byte> code, Span<float> vector)
    {
        for (var subspace = 0; subspace < SubspaceCount; subspace++)
        {
            Word(subspace, code[subspace]).CopyTo(vector[Start(subspace)..]);
        }
    }

    /// <summary>Copies the codebooks.</summary>
    public ProductCodebooks Copy() => new((float[])Values.Clone(), Dimension, SubspaceCount, Bits);
}
