namespace Bigrain.Kernels.Distances;

/// <summary>Inner product of a query of floats and records of floats, halves or scaled bytes.</summary>
/// <remarks>NaN in gives NaN out. Summation order depends on vector width: results agree across instruction sets to
/// 1e-5 of the sum of the magnitudes of what is summed, not bit for bit. Records need no alignment. Nothing is
/// allocated; all methods may run concurrently.</remarks>
public static unsafe class DotProduct
{
    /// <summary>Computes the inner product of two vectors.</summary>
    /// <param name="x">First vector; shape <c>[d]</c>.</param>
    /// <param name="y">Second vector; shape <c>[d]</c>.</param>
    /// <returns>Inner product (larger is closer); 0 when <c>d == 0</c>.</returns>
    /// <exception cref="ArgumentException"><paramref name="x"/> and <paramref name="y"/> differ in length.</exception>
    public static float Compute(ReadOnlySpan<float> x, ReadOnlySpan<float> y)
    {
        DistanceGuards.SameLength(x.Length, y.Length);
        fixed (float* query = x, record = y)
        {
            return DistanceKernel<Product, Fp32Element>.One(query, (byte*)record, x.Length, 1f);
        }
    }

    /// <summary>Computes the inner product of a query and a record of halves, widened exactly.</summary>
    /// <param name="query">Query; shape <c>[d]</c>.</param>
    /// <param name="record">Record; shape <c>[d]</c>.</param>
    /// <returns>Inner product (larger is closer); 0 when <c>d == 0</c>.</returns>
    /// <exception cref="ArgumentException">The two differ in length.</exception>
    public static float Compute(ReadOnlySpan<float> query, ReadOnlySpan<Half> record)
    {
        DistanceGuards.SameLength(query.Length, record.Length);
        fixed (float* x = query)
        fixed (Half* y = record)
        {
            return DistanceKernel<Product, Fp16Element>.One(x, (byte*)y, query.Length, 1f);
        }
    }

    /// <summary>Computes the inner product of a query and a record of scaled bytes.</summary>
    /// <param name="query">Query; shape <c>[d]</c>.</param>
    /// <param name="record">Record; shape <c>[d]</c>; element i stands for <c>scale * record[i]</c>.</param>
    /// <param name="scale">The record's scale.</param>
    /// <returns>Inner product (larger is closer); 0 when <c>d == 0</c>.</returns>
    /// <exception cref="ArgumentException">The two differ in length.</exception>
    public static float Compute(ReadOnlySpan<float> query, ReadOnlySpan<sbyte> record, float scale)
    {
        DistanceGuards.SameLength(query.Length, record.Length);
        fixed (float* x = query)
        fixed (sbyte* y = record)
        {
            return DistanceKernel<Product, Int8Element>.One(x, (byte*)y, query.Length, scale);
        }
    }

    /// <summary>Computes the inner product of a query and each of n contiguous rows.</summary>
    /// <param name="query">Query; shape <c>[d]</c>.</param>
    /// <param name="rows">Rows; shape <c>[n, d]</c>.</param>
    /// <param name="distances">Receives n values.</param>
    /// <exception cref="ArgumentException"><paramref name="rows"/> is not n times d long.</exception>
    public static void ScanMany(ReadOnlySpan<float> query, ReadOnlySpan<float> rows, Span<float> distances)
    {
        DistanceGuards.Rows(query.Length, rows.Length, distances.Length);
        fixed (float* x = query, y = rows, destination = distances)
        {
            DistanceKernel<Product, Fp32Element>.Sequential(
                x, (byte*)y, (nint)query.Length * sizeof(float), distances.Length, query.Length, destination);
        }
    }

    /// <summary>Computes the inner product of a query and each of n rows of floats in native memory.</summary>
    /// <param name="query">Query; shape <c>[d]</c>.</param>
    /// <param name="rows">First row; d elements.</param>
    /// <param name="strideBytes">Bytes from one row to the next.</param>
    /// <param name="distances">Receives n values; the caller answers for n rows being readable.</param>
    public static void ScanMany(
        ReadOnlySpan<float> query, float* rows, nint strideBytes, Span<float> distances)
    {
        fixed (float* x = query, destination = distances)
        {
            DistanceKernel<Product, Fp32Element>.Sequential(
                x, (byte*)rows, strideBytes, distances.Length, query.Length, destination);
        }
    }

    /// <summary>Computes the inner product of a query and rows of floats by index, requesting rows ahead of use.</summary>
    /// <param name="query">Query; shape <c>[d]</c>.</param>
    /// <param name="rows">Row 0; d elements.</param>
    /// <param name="strideBytes">Bytes from one row to the next.</param>
    /// <param name="indices">Row numbers, in any order; the caller answers for these rows being readable.</param>
    /// <param name="distances">Receives one value for each index.</param>
    /// <exception cref="ArgumentException"><paramref name="distances"/> and <paramref name="indices"/> differ in length.</exception>
    public static void ScanIndexed(
        ReadOnlySpan<float> query, float* rows, nint strideBytes, ReadOnlySpan<int> indices, Span<float> distances)
    {
        DistanceGuards.SameLength(indices.Length, distances.Length);
        fixed (float* x = query, destination = distances)
        fixed (int* index = indices)
        {
            DistanceKernel<Product, Fp32Element>.Indexed(
                x, (byte*)rows, strideBytes, index, indices.Length, query.Length, destination);
        }
    }

    /// <summary>Computes the inner product of a query and each of n rows of halves in native memory.</summary>
    /// <param name="query">Query; shape <c>[d]</c>.</param>
    /// <param name="rows">First row; d elements.</param>
    /// <param name="strideBytes">Bytes from one row to the next.</param>
    /// <param name="distances">Receives n values; the caller answers for n rows being readable.</param>
    public static void ScanMany(
        ReadOnlySpan<float> query, Half* rows, nint strideBytes, Span<float> distances)
    {
        fixed (float* x = query, destination = distances)
        {
            DistanceKernel<Product, Fp16Element>.Sequential(
                x, (byte*)rows, strideBytes, distances.Length, query.Length, destination);
        }
    }

    /// <summary>Computes the inner product of a query and rows of halves by index, requesting rows ahead of use.</summary>
    /// <param name="query">Query; shape <c>[d]</c>.</param>
    /// <param name="rows">Row 0; d elements.</param>
    /// <param name="strideBytes">Bytes from one row to the next.</param>
    /// <param name="indices">Row numbers, in any order; the caller answers for these rows being readable.</param>
    /// <param name="distances">Receives one value for each index.</param>
    /// <exception cref="ArgumentException"><paramref name="distances"/> and <paramref name="indices"/> differ in length.</exception>
    public static void ScanIndexed(
        ReadOnlySpan<float> query, Half* rows, nint strideBytes, ReadOnlySpan<int> indices, Span<float> distances)
    {
        DistanceGuards.SameLength(indices.Length, distances.Length);
        fixed (float* x = query, destination = distances)
        fixed (int* index = indices)
        {
            DistanceKernel<Product, Fp16Element>.Indexed(
                x, (byte*)rows, strideBytes, index, indices.Length, query.Length, destination);
        }
    }

    /// <summary>Computes the inner product of a query and each of n rows of scaled bytes in native memory.</summary>
    /// <param name="query">Query; shape <c>[d]</c>.</param>
    /// <param name="rows">First row; d elements, then the scale of the row as a float of 4 bytes.</param>
    /// <param name="strideBytes">Bytes from one row to the next.</param>
    /// <param name="distances">Receives n values; the caller answers for n rows being readable.</param>
    public static void ScanMany(
        ReadOnlySpan<float> query, sbyte* rows, nint strideBytes, Span<float> distances)
    {
        fixed (float* x = query, destination = distances)
        {
            DistanceKernel<Product, Int8Element>.Sequential(
                x, (byte*)rows, strideBytes, distances.Length, query.Length, destination);
        }
    }

    /// <summary>Computes the inner product of a query and rows of scaled bytes by index, requesting rows ahead of use.</summary>
    /// <param name="query">Query; shape <c>[d]</c>.</param>
    /// <param name="rows">Row 0; d elements, then the scale of the row as a float of 4 bytes.</param>
    /// <param name="strideBytes">Bytes from one row to the next.</param>
    /// <param name="indices">Row numbers, in any order; the caller answers for these rows being readable.</param>
    /// <param name="distances">Receives one value for each index.</param>
    /// <exception cref="ArgumentException"><paramref name="distances"/> and <paramref name="indices"/> differ in length.</exception>
    public static void ScanIndexed(
        ReadOnlySpan<float> query, sbyte* rows, nint strideBytes, ReadOnlySpan<int> indices, Span<float> distances)
    {
        DistanceGuards.SameLength(indices.Length, distances.Length);
        fixed (float* x = query, destination = distances)
        fixed (int* index = indices)
        {
            DistanceKernel<Product, Int8Element>.Indexed(
                x, (byte*)rows, strideBytes, index, indices.Length, query.Length, destination);
        }
    }
}
