using System.Runtime.Intrinsics;
using Bigrain.Kernels.Scan;

namespace Bigrain.Kernels.RaBitQ;

/// <summary>Makes the look-up table of a query: for each sub-code its inner product with the rotated query, in 7 bits.</summary>
public static unsafe class RaBitQTableBuilder
{
    /// <summary>Fills a table.</summary>
    /// <param name="query">Rotated query minus rotated origin; shape <c>[d]</c>.</param>
    /// <param name="planes">How codes are cut.</param>
    /// <param name="table">Receives <see cref="RaBitQPlanes.BlockBytes"/> bytes.</param>
    /// <returns>What undoes the rounding.</returns>
    public static TableRounding Build(ReadOnlySpan<float> query, in RaBitQPlanes planes, Span<byte> table)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(query.Length, planes.Dimension);
        ArgumentOutOfRangeException.ThrowIfLessThan(table.Length, planes.BlockBytes);
        float range = Math.Max(LargestRange(query, planes.First), LargestRange(query, planes.Second));
        float step = range > 0 ? range / NibbleLayout.MaxEntry : 1;
        float offset = Fill(query, planes.First, step, table) + Fill(query, planes.Second, step, table);
        int subcodes = planes.ChunkCount * NibbleLayout.ChunkSubcodes;
        return new TableRounding(step, offset, range > 0 ? 3 * step * MathF.Sqrt(subcodes / 12f) : 0);
    }

    private static float LargestRange(ReadOnlySpan<float> query, in RaBitQPlanes.Plane plane)
    {
        if (plane.Bits == 0)
        {
            return 0;
        }

        int group = plane.DimensionsPerSubcode;
        float largest = 0;
        for (int first = 0; first < query.Length; first += group)
        {
            float sum = 0;
            int last = Math.Min(query.Length, first + group);
            for (int i = first; i < last; i++)
            {
                sum += MathF.Abs(query[i]);
            }

            largest = Math.Max(largest, sum);
        }

        return largest * plane.Weight * ((1 << plane.Bits) - 1);
    }

    private static float Fill(ReadOnlySpan<float> query, in RaBitQPlanes.Plane plane, float step, Span<byte> table)
    {
        if (plane.Bits == 0)
        {
            return 0;
        }

        int group = plane.DimensionsPerSubcode;
        float half = ((1 << plane.Bits) - 1) / 2f;
        Span<Vector512<float>> patterns = stackalloc Vector512<float>[4];
        for (int i = 0; i < group; i++)
        {
            patterns[i] = Pattern(plane.Bits, i);
        }

        table = table.Slice(plane.FirstChunk * NibbleLayout.ChunkBytes, plane.ChunkCount * NibbleLayout.ChunkBytes);
        float unit = plane.Weight / step;
        float offset = 0;
        fixed (float* q = query)
        fixed (byte* entries = table)
        {
            int subcodes = plane.ChunkCount * NibbleLayout.ChunkSubcodes;
            for (int subcode = 0; subcode < subcodes; subcode++)
            {
                int first = subcode * group;
                float lowest = 0;
                var values = Vector512.Create(0.5f);
                for (int i = 0; i < group && first + i < query.Length; i++)
                {
                    float value = q[first + i] * unit;
                    lowest += MathF.Abs(value);
                    values += Vector512.Create(value) * patterns[i];
                }

                lowest *= half;
                offset -= lowest;
                var whole = Vector512.ConvertToInt32(values + Vector512.Create(lowest));
                var bytes = Vector512.Narrow(Vector512.Narrow(whole, whole).AsUInt16(), Vector512<ushort>.Zero).GetLower().GetLower();
                Vector128.Min(bytes, Vector128.Create((byte)NibbleLayout.MaxEntry)).Store(entries + (subcode * 16));
            }
        }

        return offset * step;
    }

    /// <summary>For each of 16 sub-codes, the value of its <paramref name="index"/>-th dimension.</summary>
    private static Vector512<float> Pattern(int bits, int index)
    {
        Span<float> values = stackalloc float[16];
        int mask = (1 << bits) - 1;
        for (int subcode = 0; subcode < 16; subcode++)
        {
            values[subcode] = ((subcode >> (index * bits)) & mask) - (mask / 2f);
        }

        return Vector512.Create<float>(values);
    }
}
