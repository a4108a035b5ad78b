using System.Buffers;
using Bigrain.Kernels.Matrix;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>Turns documents into codes: rotated, less their coarse centroid if there is one, then the nearest words.</summary>
/// <remarks>Works in chunks, so beside documents and codes it holds a few megabytes a thread. Immutable; safe for concurrent
/// use until disposed.</remarks>
public sealed class Encoder : IDisposable
{
    private const int ChunkRows = 1536;

    private readonly PackedMatrix _rotation;
    private readonly CodeAssigner _assigner;
    private readonly Matrix? _centroids;
    private readonly CentroidTable? _lists;

    /// <summary>Prepares tables.</summary>
    /// <param name="rotation">R; shape <c>[d, d]</c>.</param>
    /// <param name="codebooks">Codebooks that encode.</param>
    /// <param name="centroids">Coarse centroids in the rotated space; shape <c>[L, d]</c>; null for none.</param>
    public Encoder(Matrix rotation, ProductCodebooks codebooks, Matrix? centroids = null)
    {
        ArgumentNullException.ThrowIfNull(rotation);
        ArgumentNullException.ThrowIfNull(codebooks);
        ArgumentOutOfRangeException.ThrowIfNotEqual(rotation.Columns, codebooks.Dimension);
        _rotation = new PackedMatrix(rotation.Values, rotation.Rows, rotation.Columns);
        _assigner = new CodeAssigner(codebooks);
        _centroids = centroids;
        _lists = centroids is null ? null : new CentroidTable(centroids.Values, centroids.Rows, centroids.Columns);
        SubspaceCount = codebooks.SubspaceCount;
    }

    /// <summary>Sub-codes of a document: bytes of its code here, where 4-bit codes stand one a byte.</summary>
    public int SubspaceCount { get; }

    /// <summary>Rotates vectors.</summary>
    /// <param name="vectors">Vectors, one a row.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    public Matrix Rotate(Matrix vectors, int threads = MatrixProduct.DefaultThreads)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        var rotated = new Matrix(vectors.Rows, vectors.Columns);
        FixedChunks.Run(vectors.Rows, ChunkRows, threads, (first, count) =>
            _rotation.InnerProducts(vectors.RowRange(first, count), rotated.RowRange(first, count)));
        return rotated;
    }

    /// <summary>Encodes vectors.</summary>
    /// <param name="vectors">Vectors, one a row.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    public ProductCodes Encode(Matrix vectors, int threads = MatrixProduct.DefaultThreads, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        return Encode(vectors, lists: null, rotate: true, threads, cancellation);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rotation.Dispose();
        _assigner.Dispose();
        _lists?.Dispose();
    }

    /// <summary>Encodes vectors that are rotated already.</summary>
    /// <param name="rotated">Rotated vectors.</param>
    /// <param name="lists">Coarse list of each, kept from training; null for the nearest centroid.</param>
    /// <param name="threads">Threads to use.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    internal ProductCodes EncodeRotated(Matrix rotated, int[]? lists, int threads, CancellationToken cancellation) =>
        Encode(rotated, lists, rotate: false, threads, cancellation);

    /// <summary>Number of the nearest coarse centroid of each rotated vector.</summary>
    internal int[] NearestLists(Matrix rotated, int threads)
    {
        var nearest = new int[rotated.Rows];
        FixedChunks.Run(rotated.Rows, ChunkRows, threads, (first, count) =>
            _lists!.Nearest(rotated.RowRange(first, count), nearest.AsSpan(first, count)));
        return nearest;
    }

    private ProductCodes Encode(Matrix vectors, int[]? lists, bool rotate, int threads, CancellationToken cancellation)
    {
        var dimension = vectors.Columns;
        var codes = new byte[checked(vectors.Rows * SubspaceCount)];
        var chosen = _centroids is null ? null : lists ?? new int[vectors.Rows];
        var findLists = _centroids is not null && lists is null;
        FixedChunks.Run(vectors.Rows, ChunkRows, threads, (first, count) =>
        {
            var scratch = ArrayPool<float>.Shared.Rent(count * dimension);
            var chunk = scratch.AsSpan(0, count * dimension);
            if (rotate)
            {
                _rotation.InnerProducts(vectors.RowRange(first, count), chunk);
            }
            else
            {
                vectors.RowRange(first, count).CopyTo(chunk);
            }

            if (findLists)
            {
                _lists!.Nearest(chunk, chosen.AsSpan(first, count));
            }

            if (_centroids is not null)
            {
                Residuals.Subtract(chunk, _centroids, chosen.AsSpan(first, count));
            }

            _assigner.Assign(chunk, codes.AsSpan(first * SubspaceCount, count * SubspaceCount));
            ArrayPool<float>.Shared.Return(scratch);
        }, cancellation);
        return new ProductCodes(codes, SubspaceCount, chosen);
    }
}
