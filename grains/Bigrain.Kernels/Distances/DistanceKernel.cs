using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Distances;

/// <summary>One query of floats against one or many records: every distance of this folder runs here.</summary>
/// <typeparam name="TForm">What is summed.</typeparam>
/// <typeparam name="TElement">Element type of the records.</typeparam>
/// <remarks>Unsafe because records live in native memory, at any alignment. Bounds: a row is read from its address to
/// <c>d * SizeBytes</c> further (plus 4 for a scale that is read from the row), never beyond; callers prove that.
/// Loops contain no calls: the accumulators would otherwise be spilled to the stack in each iteration.</remarks>
internal static unsafe class DistanceKernel<TForm, TElement>
    where TForm : struct, IDistanceForm
    where TElement : struct, IRecordElement
{
    /// <summary>How many rows ahead random reads are requested.</summary>
    private const int PrefetchRows = 8;

    /// <summary>At most so many lines of a row are requested ahead; the processor follows a longer row by itself.</summary>
    private const int PrefetchLines = 16;

    private const int LineBytes = 64;

    /// <summary>One record; its scale is passed in (ignored where the element type has none).</summary>
    public static float One(float* query, byte* record, int dimension, float scale)
    {
        if (Vector512.IsHardwareAccelerated && dimension >= 16)
        {
            return One<Lane512, Vector512<float>>(query, record, dimension, scale);
        }

        if (Vector256.IsHardwareAccelerated && dimension >= 8)
        {
            return One<Lane256, Vector256<float>>(query, record, dimension, scale);
        }

        if (Vector128.IsHardwareAccelerated && dimension >= 4)
        {
            return One<Lane128, Vector128<float>>(query, record, dimension, scale);
        }

        return Scalar(query, record, dimension, scale);
    }

    /// <summary><paramref name="count"/> rows, one after the other; the scale of a row follows its elements.</summary>
    public static void Sequential(
        float* query, byte* rows, nint strideBytes, int count, int dimension, float* distances)
    {
        if (Vector512.IsHardwareAccelerated && dimension >= 16)
        {
            Sequential<Lane512, Vector512<float>>(query, rows, strideBytes, count, dimension, distances);
        }
        else if (Vector256.IsHardwareAccelerated && dimension >= 8)
        {
            Sequential<Lane256, Vector256<float>>(query, rows, strideBytes, count, dimension, distances);
        }
        else if (Vector128.IsHardwareAccelerated && dimension >= 4)
        {
            Sequential<Lane128, Vector128<float>>(query, rows, strideBytes, count, dimension, distances);
        }
        else
        {
            for (var i = 0; i < count; i++)
            {
                var row = rows + (i * strideBytes);
                distances[i] = Scalar(query, row, dimension, ScaleOf(row, dimension));
            }
        }
    }

    /// <summary>Rows by index, requested ahead of use; the scale of a row follows its elements.</summary>
    public static void Indexed(
        float* query, byte* rows, nint strideBytes, int* indices, int count, int dimension, float* distances)
    {
        if (Vector512.IsHardwareAccelerated && dimension >= 16)
        {
            Indexed<Lane512, Vector512<float>>(query, rows, strideBytes, indices, count, dimension, distances);
        }
        else if (Vector256.IsHardwareAccelerated && dimension >= 8)
        {
            Indexed<Lane256, Vector256<float>>(query, rows, strideBytes, indices, count, dimension, distances);
        }
        else if (Vector128.IsHardwareAccelerated && dimension >= 4)
        {
            Indexed<Lane128, Vector128<float>>(query, rows, strideBytes, indices, count, dimension, distances);
        }
        else
        {
            for (var i = 0; i < count; i++)
            {
                var row = rows + (indices[i] * strideBytes);
                distances[i] = Scalar(query, row, dimension, ScaleOf(row, dimension));
            }
        }
    }

    /// <summary>The portable form, and the reference that the others are held against.</summary>
    public static float Scalar(float* query, byte* record, int dimension, float scale)
    {
        float sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
        var i = 0;
        for (; i + 4 <= dimension; i += 4)
        {
            sum0 = TForm.Accumulate(sum0, query[i], Element(record, i, scale));
            sum1 = TForm.Accumulate(sum1, query[i + 1], Element(record, i + 1, scale));
            sum2 = TForm.Accumulate(sum2, query[i + 2], Element(record, i + 2, scale));
            sum3 = TForm.Accumulate(sum3, query[i + 3], Element(record, i + 3, scale));
        }

        for (; i < dimension; i++)
        {
            sum0 = TForm.Accumulate(sum0, query[i], Element(record, i, scale));
        }

        return Finish(sum0 + sum1 + (sum2 + sum3), scale);
    }

    private static float One<TLane, TVector>(float* query, byte* record, int dimension, float scale)
        where TLane : struct, ILane<TVector>
        where TVector : struct =>
        Finish(TLane.Sum(Accumulate<TLane, TVector>(query, record, dimension, scale)), scale);

    private static void Sequential<TLane, TVector>(
        float* query, byte* rows, nint strideBytes, int count, int dimension, float* distances)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var i = 0;
        for (; i + 4 <= count; i += 4)
        {
            // One row after the other, as one stream of reads; only the final sums are taken together.
            var row1 = rows + strideBytes;
            var row2 = row1 + strideBytes;
            var row3 = row2 + strideBytes;
            var (scale0, scale1) = (ScaleOf(rows, dimension), ScaleOf(row1, dimension));
            var (scale2, scale3) = (ScaleOf(row2, dimension), ScaleOf(row3, dimension));
            TLane.SumFour(
                Accumulate<TLane, TVector>(query, rows, dimension, scale0),
                Accumulate<TLane, TVector>(query, row1, dimension, scale1),
                Accumulate<TLane, TVector>(query, row2, dimension, scale2),
                Accumulate<TLane, TVector>(query, row3, dimension, scale3),
                distances + i);
            if (TElement.HasScale && TForm.ScalesSum)
            {
                distances[i] *= scale0;
                distances[i + 1] *= scale1;
                distances[i + 2] *= scale2;
                distances[i + 3] *= scale3;
            }

            rows = row3 + strideBytes;
        }

        for (; i < count; i++)
        {
            distances[i] = One<TLane, TVector>(query, rows, dimension, ScaleOf(rows, dimension));
            rows += strideBytes;
        }
    }

    private static void Indexed<TLane, TVector>(
        float* query, byte* rows, nint strideBytes, int* indices, int count, int dimension, float* distances)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var prefetchBytes = Math.Min(dimension * TElement.SizeBytes, PrefetchLines * LineBytes);
        var warm = Math.Min(PrefetchRows, count);
        for (var i = 0; i < warm; i++)
        {
            Prefetch(rows + (indices[i] * strideBytes), prefetchBytes);
        }

        for (var i = 0; i < count; i++)
        {
            if (i + PrefetchRows < count)
            {
                Prefetch(rows + (indices[i + PrefetchRows] * strideBytes), prefetchBytes);
            }

            var row = rows + (indices[i] * strideBytes);
            var scale = ScaleOf(row, dimension);
            distances[i] = Finish(TLane.Sum(Accumulate<TLane, TVector>(query, row, dimension, scale)), scale);
        }
    }

    /// <summary>Sums of lanes over <paramref name="dimension"/> (at least one vector) elements.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Accumulate<TLane, TVector>(float* query, byte* record, int dimension, float scale)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var scales = TLane.Broadcast(scale);
        var (sum0, sum1, sum2, sum3) = (TLane.Zero, TLane.Zero, TLane.Zero, TLane.Zero);
        nint i = 0;
        nint end = dimension - (4 * TLane.Count);
        for (; i <= end; i += 4 * TLane.Count)
        {
            sum0 = TForm.Accumulate<TLane, TVector>(
                sum0, TLane.Load(query + i), Elements<TLane, TVector>(record, i, scales));
            sum1 = TForm.Accumulate<TLane, TVector>(
                sum1, TLane.Load(query + i + TLane.Count), Elements<TLane, TVector>(record, i + TLane.Count, scales));
            sum2 = TForm.Accumulate<TLane, TVector>(
                sum2, TLane.Load(query + i + (2 * TLane.Count)), Elements<TLane, TVector>(record, i + (2 * TLane.Count), scales));
            sum3 = TForm.Accumulate<TLane, TVector>(
                sum3, TLane.Load(query + i + (3 * TLane.Count)), Elements<TLane, TVector>(record, i + (3 * TLane.Count), scales));
        }

        for (end = dimension - TLane.Count; i <= end; i += TLane.Count)
        {
            sum0 = TForm.Accumulate<TLane, TVector>(
                sum0, TLane.Load(query + i), Elements<TLane, TVector>(record, i, scales));
        }

        if (i < dimension)
        {
            // The last vector overlaps what was summed already; the mask removes it, NaN included.
            var rest = (int)(dimension - i);
            i = dimension - TLane.Count;
            sum1 = TForm.Accumulate<TLane, TVector>(
                sum1,
                TLane.KeepLast(TLane.Load(query + i), rest),
                TLane.KeepLast(Elements<TLane, TVector>(record, i, scales), rest));
        }

        return TLane.Add(TLane.Add(sum0, sum1), TLane.Add(sum2, sum3));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector Elements<TLane, TVector>(byte* record, nint index, TVector scales)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var elements = TElement.Load<TLane, TVector>(record + (index * TElement.SizeBytes));
        return TElement.HasScale && !TForm.ScalesSum ? TLane.Multiply(elements, scales) : elements;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Element(byte* record, nint index, float scale)
    {
        var element = TElement.Load(record + (index * TElement.SizeBytes));
        return TElement.HasScale && !TForm.ScalesSum ? element * scale : element;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Finish(float sum, float scale) => TElement.HasScale && TForm.ScalesSum ? sum * scale : sum;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float ScaleOf(byte* row, int dimension) =>
        TElement.HasScale ? Unsafe.ReadUnaligned<float>(row + (dimension * TElement.SizeBytes)) : 1f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Prefetch(byte* row, int bytes)
    {
        if (Sse.IsSupported)
        {
            for (var offset = 0; offset < bytes; offset += LineBytes)
            {
                Sse.Prefetch0(row + offset);
            }
        }
    }
}
