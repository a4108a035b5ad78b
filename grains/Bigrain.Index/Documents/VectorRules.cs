using System.Numerics;
using System.Runtime.InteropServices;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Documents;

/// <summary>What a vector must be, in documents and in queries alike.</summary>
public static class VectorRules
{
    /// <summary>Largest squared length: the squared distance of two such vectors still fits an fp32.</summary>
    public const float MaxSquaredLength = 8e37f;

    /// <summary>Smallest squared length under cosine: below it the direction is lost in fp32.</summary>
    public const float MinCosineSquaredLength = 1e-30f;

    private const uint ExponentMask = 0x7F80_0000;

    /// <summary>Checks a vector against its representation.</summary>
    /// <param name="vector">The vector.</param>
    /// <param name="representation">Dimension and metric.</param>
    /// <returns>What is wrong, for a message; null when nothing is.</returns>
    public static string? Fault(ReadOnlySpan<float> vector, RepresentationSchema representation)
    {
        ArgumentNullException.ThrowIfNull(representation);
        if (vector.Length != representation.Dimension)
        {
            return FormattableString.Invariant($"vector has {vector.Length} elements, representation '{representation.Name}' needs {representation.Dimension}");
        }

        if (!TryMeasure(vector, out float squaredLength))
        {
            int at = 0;
            while (float.IsFinite(vector[at]))
            {
                at++;
            }

            return FormattableString.Invariant($"element {at} is not a finite number");
        }

        if (!(squaredLength <= MaxSquaredLength))
        {
            return FormattableString.Invariant($"squared length {squaredLength} is over {MaxSquaredLength}: scale the vector down");
        }

        return representation.Metric == Metric.Cosine && squaredLength < MinCosineSquaredLength
            ? "a zero vector has no direction, which cosine needs"
            : null;
    }

    /// <summary>One pass: squared length, and whether every element is finite.</summary>
    private static bool TryMeasure(ReadOnlySpan<float> vector, out float squaredLength)
    {
        // An element is NaN or infinite exactly when all bits of its exponent are set.
        Vector<float> sum = Vector<float>.Zero;
        Vector<uint> bad = Vector<uint>.Zero;
        var mask = new Vector<uint>(ExponentMask);
        int i = 0;
        for (; i <= vector.Length - Vector<float>.Count; i += Vector<float>.Count)
        {
            var part = new Vector<float>(vector[i..]);
            bad |= Vector.Equals(Vector.AsVectorUInt32(part) & mask, mask);
            sum += part * part;
        }

        bool finite = bad == Vector<uint>.Zero;
        squaredLength = Vector.Sum(sum);
        foreach (uint bits in MemoryMarshal.Cast<float, uint>(vector[i..]))
        {
            finite &= (bits & ExponentMask) != ExponentMask;
            float element = BitConverter.UInt32BitsToSingle(bits);
            squaredLength += element * element;
        }

        return finite;
    }
}
