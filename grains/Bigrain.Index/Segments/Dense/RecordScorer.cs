using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;

namespace Bigrain.Index.Segments.Dense;

/// <summary>Exact rank distances (smaller is closer) of a query and records.</summary>
internal readonly struct RecordScorer(DenseQuery query, DenseRecordLayout layout, Memory<float> distances) : IRecordVisitor
{
    public void Visit(int index, ReadOnlySpan<byte> record) => distances.Span[index] = Compute(query, layout, record);

    public static float Compute(DenseQuery query, DenseRecordLayout layout, ReadOnlySpan<byte> record) => query.DocumentHead is { } head
        ? Transformed(query, head, layout, record)
        : Stored(query, layout, record);

    private static float Transformed(DenseQuery query, ResidualTransform head, DenseRecordLayout layout, ReadOnlySpan<byte> record)
    {
        float[] rented = ArrayPool<float>.Shared.Rent(2 * layout.Dimension);
        Span<float> stored = rented.AsSpan(0, layout.Dimension);
        Span<float> transformed = rented.AsSpan(layout.Dimension, layout.Dimension);
        layout.Decode(record, stored);
        head.Apply(stored, transformed);
        float distance = -DotProduct.Compute(query.Vector, transformed);
        ArrayPool<float>.Shared.Return(rented);
        return distance;
    }

    private static float Stored(DenseQuery query, DenseRecordLayout layout, ReadOnlySpan<byte> record) => layout.Type switch
    {
        DenseType.Fp32 => Compute(query, MemoryMarshal.Cast<byte, float>(record[..layout.RecordBytes])),
        DenseType.Fp16 => Compute(query, MemoryMarshal.Cast<byte, Half>(record[..layout.RecordBytes])),
        _ => Compute(
            query,
            MemoryMarshal.Cast<byte, sbyte>(record[..layout.Dimension]),
            BinaryPrimitives.ReadSingleLittleEndian(record[layout.Dimension..])),
    };

    private static float Compute(DenseQuery query, ReadOnlySpan<float> record) => query.Metric switch
    {
        Metric.L2 => SquaredL2.Compute(query.Vector, record),
        Metric.Dot => -DotProduct.Compute(query.Vector, record),
        _ => -OverLength(DotProduct.Compute(query.Vector, record), DotProduct.Compute(record, record)),
    };

    private static float Compute(DenseQuery query, ReadOnlySpan<Half> record) => query.Metric switch
    {
        Metric.L2 => SquaredL2.Compute(query.Vector, record),
        Metric.Dot => -DotProduct.Compute(query.Vector, record),
        _ => -OverLength(DotProduct.Compute(query.Vector, record), SquaredLength(record)),
    };

    private static float Compute(DenseQuery query, ReadOnlySpan<sbyte> record, float scale) => query.Metric switch
    {
        Metric.L2 => SquaredL2.Compute(query.Vector, record, scale),
        Metric.Dot => -DotProduct.Compute(query.Vector, record, scale),
        _ => -OverLength(DotProduct.Compute(query.Vector, record, scale), SquaredLength(record, scale)),
    };

    private static float SquaredLength(ReadOnlySpan<Half> record)
    {
        float sum = 0;
        foreach (Half value in record)
        {
            sum += (float)value * (float)value;
        }

        return sum;
    }

    private static float SquaredLength(ReadOnlySpan<sbyte> record, float scale)
    {
        int sum = 0;
        foreach (sbyte value in record)
        {
            sum += value * value;
        }

        return sum * scale * scale;
    }

    private static float OverLength(float dot, float squaredLength) => squaredLength > 0 ? dot / MathF.Sqrt(squaredLength) : 0;
}
