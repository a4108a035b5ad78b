using System.Buffers;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bigrain.Kernels.Memory;

namespace Bigrain.Kernels.Matrix;

/// <summary>A matrix laid out for fast inner products of its rows with many vectors, or with one.</summary>
/// <remarks>Rows stand in panels of <see cref="TileKernel.Columns"/>, interleaved by dimension and padded with zero rows.
/// The layout belongs to this process's vector width and is never stored. Immutable; safe for concurrent use until
/// disposed. Costs 2 n m d operations for n vectors against m rows, at a large share of the processor's peak.</remarks>
public sealed unsafe class PackedMatrix : IDisposable
{
    /// <summary>Floats of the left matrix that are packed at a time: half of a second-level cache.</summary>
    private const int BlockFloats = 64 * 1024;

    private readonly AlignedBuffer<float> _panels;

    /// <summary>Packs a matrix.</summary>
    /// <param name="rows">Rows; shape <c>[m, d]</c>; copied.</param>
    /// <param name="count">Number of rows m; 0 is allowed.</param>
    /// <param name="dimension">Dimension d, at least 1.</param>
    /// <exception cref="ArgumentException"><paramref name="rows"/> is not m times d long.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A count is out of range.</exception>
    public PackedMatrix(ReadOnlySpan<float> rows, int count, int dimension)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfLessThan(dimension, 1);
        MatrixGuards.Shape(rows.Length, count, dimension);
        (Count, Dimension) = (count, dimension);
        PanelCount = (count + TileKernel.Columns - 1) / TileKernel.Columns;
        _panels = new AlignedBuffer<float>((nint)PanelCount * TileKernel.Columns * dimension);
        fixed (float* source = rows)
        {
            for (var panel = 0; panel < PanelCount; panel++)
            {
                var first = panel * TileKernel.Columns;
                Interleave(
                    source + ((nint)first * dimension),
                    dimension,
                    Math.Min(TileKernel.Columns, count - first),
                    dimension,
                    TileKernel.Columns,
                    Panel(panel));
            }
        }
    }

    /// <summary>Number of rows m.</summary>
    public int Count { get; }

    /// <summary>Dimension d of a row.</summary>
    public int Dimension { get; }

    /// <summary>Bytes of native memory held.</summary>
    public nint LengthBytes => _panels.LengthBytes;

    internal int PanelCount { get; }

    /// <summary>Inner products of n vectors with all rows.</summary>
    /// <param name="vectors">Vectors; shape <c>[n, d]</c>.</param>
    /// <param name="products">Receives the products; shape <c>[n, m]</c>.</param>
    /// <exception cref="ArgumentException">A length does not fit the shapes.</exception>
    /// <remarks>NaN and infinities of a vector stay in its own line. A product is one chain of sums over the
    /// dimensions: the same whatever stands beside it.</remarks>
    public void InnerProducts(ReadOnlySpan<float> vectors, Span<float> products)
    {
        var count = MatrixGuards.RowCount(vectors.Length, Dimension);
        MatrixGuards.Shape(products.Length, count, Count);
        fixed (float* source = vectors, destination = products)
        {
            InnerProducts(source, Dimension, count, destination, Count);
        }
    }

    /// <summary>Inner products of n vectors in native memory with all rows.</summary>
    /// <param name="vectors">First vector; the caller answers for n of them being readable.</param>
    /// <param name="stride">Floats from one vector to the next.</param>
    /// <param name="count">Number of vectors n.</param>
    /// <param name="products">Receives n lines of m products.</param>
    /// <param name="productStride">Floats from one line to the next, at least m.</param>
    public void InnerProducts(float* vectors, nint stride, int count, float* products, nint productStride) =>
        Multiply(vectors, stride, count, new CopySink(products, productStride));

    /// <summary>Inner products of one vector with all rows, at the speed of reading them.</summary>
    /// <param name="vector">Vector; shape <c>[d]</c>.</param>
    /// <param name="products">Receives m products.</param>
    /// <exception cref="ArgumentException">A length does not fit.</exception>
    public void InnerProductsOfOne(ReadOnlySpan<float> vector, Span<float> products)
    {
        MatrixGuards.Shape(vector.Length, 1, Dimension);
        MatrixGuards.Shape(products.Length, 1, Count);
        var last = stackalloc float[TileKernel.Columns];
        fixed (float* row = vector, destination = products)
        {
            for (var panel = 0; panel < PanelCount; panel++)
            {
                var column = panel * TileKernel.Columns;
                var columns = Math.Min(TileKernel.Columns, Count - column);
                if (columns == TileKernel.Columns)
                {
                    TileKernel.RunOne(row, Panel(panel), Dimension, destination + column);
                }
                else
                {
                    TileKernel.RunOne(row, Panel(panel), Dimension, last);
                    new ReadOnlySpan<float>(last, columns).CopyTo(products[column..]);
                }
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _panels.Dispose();

    /// <summary>Multiplies and hands each tile to <paramref name="sink"/>.</summary>
    internal void Multiply<TSink>(float* vectors, nint stride, int count, TSink sink)
        where TSink : struct, ITileSink
    {
        var groupFloats = TileKernel.Rows * Dimension;
        var groupsInBlock = Math.Max(1, Math.Min(BlockFloats / groupFloats, (count + TileKernel.Rows - 1) / TileKernel.Rows));
        var scratch = ArrayPool<float>.Shared.Rent(groupsInBlock * groupFloats);
        var tile = stackalloc float[TileKernel.Rows * TileKernel.Columns];
        fixed (float* groups = scratch)
        {
            var blockRows = groupsInBlock * TileKernel.Rows;
            for (var start = 0; start < count; start += blockRows)
            {
                var rows = Math.Min(blockRows, count - start);
                for (var row = 0; row < rows; row += TileKernel.Rows)
                {
                    Interleave(
                        vectors + ((start + row) * stride),
                        stride,
                        Math.Min(TileKernel.Rows, rows - row),
                        Dimension,
                        TileKernel.Rows,
                        groups + ((nint)row * Dimension));
                }

                for (var panel = 0; panel < PanelCount; panel++)
                {
                    var column = panel * TileKernel.Columns;
                    var columns = Math.Min(TileKernel.Columns, Count - column);
                    for (var row = 0; row < rows; row += TileKernel.Rows)
                    {
                        TileKernel.Run(groups + ((nint)row * Dimension), Panel(panel), Dimension, tile);
                        sink.Take(start + row, column, tile, Math.Min(TileKernel.Rows, rows - row), columns);
                    }
                }
            }
        }

        ArrayPool<float>.Shared.Return(scratch);
    }

    private float* Panel(int panel) => _panels.Pointer + ((nint)panel * TileKernel.Columns * Dimension);

    /// <summary>Writes rows as <c>[d][width]</c>, padded with zeroes to <paramref name="width"/> rows.</summary>
    private static void Interleave(float* rows, nint stride, int count, int dimension, int width, float* destination)
    {
        var row = 0;
        if (Vector128.IsHardwareAccelerated)
        {
            for (; row + 4 <= count; row += 4)
            {
                InterleaveFour(rows + (row * stride), stride, dimension, width, destination + row);
            }
        }

        for (; row < count; row++)
        {
            for (var k = 0; k < dimension; k++)
            {
                destination[((nint)k * width) + row] = rows[(row * stride) + k];
            }
        }

        for (; row < width; row++)
        {
            for (var k = 0; k < dimension; k++)
            {
                destination[((nint)k * width) + row] = 0;
            }
        }
    }

    private static void InterleaveFour(float* rows, nint stride, int dimension, int width, float* destination)
    {
        var k = 0;
        for (; k + 4 <= dimension; k += 4)
        {
            var (a, b) = (Vector128.Load(rows + k), Vector128.Load(rows + stride + k));
            var (c, d) = (Vector128.Load(rows + (2 * stride) + k), Vector128.Load(rows + (3 * stride) + k));
            var (ac0, ac1) = (Zip(a, c, lower: true), Zip(a, c, lower: false));
            var (bd0, bd1) = (Zip(b, d, lower: true), Zip(b, d, lower: false));
            Zip(ac0, bd0, lower: true).Store(destination);
            Zip(ac0, bd0, lower: false).Store(destination + width);
            Zip(ac1, bd1, lower: true).Store(destination + (2 * width));
            Zip(ac1, bd1, lower: false).Store(destination + (3 * width));
            destination += 4 * width;
        }

        for (; k < dimension; k++)
        {
            for (var row = 0; row < 4; row++)
            {
                destination[row] = rows[(row * stride) + k];
            }

            destination += width;
        }
    }

    /// <summary>The lower or upper halves of two vectors, element by element in turn.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> Zip(Vector128<float> a, Vector128<float> b, bool lower)
    {
        if (Sse.IsSupported)
        {
            return lower
                ? Sse.UnpackLow(a, b)
                : Sse.UnpackHigh(a, b);
        }

        return lower
            ? Vector128.Create(a[0], b[0], a[1], b[1])
            : Vector128.Create(a[2], b[2], a[3], b[3]);
    }
}
