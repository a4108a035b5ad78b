using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Scan;

/// <summary>Turns the sums of a scan into estimates and marks the vectors that a threshold leaves.</summary>
/// <remarks>Forms agree to 1e-5 relative: only fused and unfused products differ. Unsafe because factors live in native
/// memory: a call reads <see cref="FactorLayout.BlockBytes"/> at each of <c>blockCount</c> places.</remarks>
public static unsafe class EstimatePass
{
    /// <summary>Estimates blocks of 32 vectors.</summary>
    /// <param name="sums">32 sums a block.</param>
    /// <param name="factors">Factors of the first block, laid out as <see cref="FactorLayout"/> says.</param>
    /// <param name="strideBytes">Bytes from one block's factors to the next.</param>
    /// <param name="blockCount">Blocks.</param>
    /// <param name="terms">Terms of the leaf.</param>
    /// <param name="lowerLimit">Largest <c>estimate - error</c> that stays.</param>
    /// <param name="estimateLimit">Largest estimate that stays.</param>
    /// <param name="estimates">Receives 32 estimates a block.</param>
    /// <param name="masks">Receives a bit for each of 32 vectors: set if it stays; infinite estimates never do.</param>
    public static void Run(
        int* sums,
        byte* factors,
        nint strideBytes,
        int blockCount,
        in EstimateTerms terms,
        float lowerLimit,
        float estimateLimit,
        float* estimates,
        uint* masks)
    {
        lowerLimit = Math.Min(lowerLimit, float.MaxValue);
        estimateLimit = Math.Min(estimateLimit, float.MaxValue);
        if (InstructionSet.Width == VectorWidth.Vector512)
        {
            Run512(sums, factors, strideBytes, blockCount, terms, lowerLimit, estimateLimit, estimates, masks);
        }
        else if (InstructionSet.Width == VectorWidth.Vector256 && Avx2.IsSupported)
        {
            Run256(sums, factors, strideBytes, blockCount, terms, lowerLimit, estimateLimit, estimates, masks);
        }
        else
        {
            RunScalar(sums, factors, strideBytes, blockCount, terms, lowerLimit, estimateLimit, estimates, masks);
        }
    }

    /// <summary>The error bound of one vector.</summary>
    /// <param name="factors">Factors of its block.</param>
    /// <param name="vector">0 to 31.</param>
    /// <param name="terms">Terms of the leaf.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ErrorOf(byte* factors, int vector, in EstimateTerms terms) =>
        (((ushort*)(factors + FactorLayout.SpreadOffset))[vector] * terms.ErrorFactor) + terms.ErrorBase;

    internal static void RunScalar(
        int* sums,
        byte* factors,
        nint strideBytes,
        int blockCount,
        in EstimateTerms terms,
        float lowerLimit,
        float estimateLimit,
        float* estimates,
        uint* masks)
    {
        for (var block = 0; block < blockCount; block++)
        {
            uint mask = 0;
            for (var vector = 0; vector < NibbleLayout.BlockVectors; vector++)
            {
                var add = ((float*)(factors + FactorLayout.AddOffset))[vector];
                float rescale = ((ushort*)(factors + FactorLayout.RescaleOffset))[vector];
                var estimate = (rescale * ((sums[vector] * terms.SumFactor) + terms.SumOffset)) + (add + terms.Base);
                estimates[vector] = estimate;
                if (estimate <= estimateLimit && estimate - ErrorOf(factors, vector, terms) <= lowerLimit)
                {
                    mask |= 1u << vector;
                }
            }

            masks[block] = mask;
            sums += NibbleLayout.BlockVectors;
            estimates += NibbleLayout.BlockVectors;
            factors += strideBytes;
        }
    }

    private static void Run512(
        int* sums,
        byte* factors,
        nint strideBytes,
        int blockCount,
        in EstimateTerms terms,
        float lowerLimit,
        float estimateLimit,
        float* estimates,
        uint* masks)
    {
        var baseTerm = Vector512.Create(terms.Base);
        var sumFactor = Vector512.Create(terms.SumFactor);
        var sumOffset = Vector512.Create(terms.SumOffset);
        var errorFactor = Vector512.Create(terms.ErrorFactor);
        var limit = Vector512.Create(lowerLimit + terms.ErrorBase);
        var highest = Vector512.Create(estimateLimit);
        for (var block = 0; block < blockCount; block++)
        {
            uint mask = 0;
            for (var half = 0; half < 2; half++)
            {
                var first = half * 16;
                var rescale = ToSingle512((ushort*)(factors + FactorLayout.RescaleOffset) + first);
                var spread = ToSingle512((ushort*)(factors + FactorLayout.SpreadOffset) + first);
                var sum = Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(Vector512.Load(sums + first)), sumFactor, sumOffset);
                var add = Vector512.Add(Vector512.Load((float*)(factors + FactorLayout.AddOffset) + first), baseTerm);
                var estimate = Vector512.MultiplyAddEstimate(rescale, sum, add);
                estimate.Store(estimates + first);
                var reach = Vector512.MultiplyAddEstimate(spread, errorFactor, limit);
                var stays = Vector512.LessThanOrEqual(estimate, Vector512.Min(reach, highest));
                mask |= (uint)stays.ExtractMostSignificantBits() << first;
            }

            masks[block] = mask;
            sums += NibbleLayout.BlockVectors;
            estimates += NibbleLayout.BlockVectors;
            factors += strideBytes;
        }
    }

    private static void Run256(
        int* sums,
        byte* factors,
        nint strideBytes,
        int blockCount,
        in EstimateTerms terms,
        float lowerLimit,
        float estimateLimit,
        float* estimates,
        uint* masks)
    {
        var baseTerm = Vector256.Create(terms.Base);
        var sumFactor = Vector256.Create(terms.SumFactor);
        var sumOffset = Vector256.Create(terms.SumOffset);
        var errorFactor = Vector256.Create(terms.ErrorFactor);
        var limit = Vector256.Create(lowerLimit + terms.ErrorBase);
        var highest = Vector256.Create(estimateLimit);
        for (var block = 0; block < blockCount; block++)
        {
            uint mask = 0;
            for (var first = 0; first < NibbleLayout.BlockVectors; first += 8)
            {
                var rescale = ToSingle256((ushort*)(factors + FactorLayout.RescaleOffset) + first);
                var spread = ToSingle256((ushort*)(factors + FactorLayout.SpreadOffset) + first);
                var sum = Vector256.MultiplyAddEstimate(Vector256.ConvertToSingle(Vector256.Load(sums + first)), sumFactor, sumOffset);
                var add = Vector256.Load((float*)(factors + FactorLayout.AddOffset) + first) + baseTerm;
                var estimate = Vector256.MultiplyAddEstimate(rescale, sum, add);
                estimate.Store(estimates + first);
                var reach = Vector256.MultiplyAddEstimate(spread, errorFactor, limit);
                var stays = Vector256.LessThanOrEqual(estimate, Vector256.Min(reach, highest));
                mask |= stays.ExtractMostSignificantBits() << first;
            }

            masks[block] = mask;
            sums += NibbleLayout.BlockVectors;
            estimates += NibbleLayout.BlockVectors;
            factors += strideBytes;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> ToSingle512(ushort* source) =>
        Vector512.ConvertToSingle(Avx512F.ConvertToVector512Int32(Vector256.Load(source)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> ToSingle256(ushort* source) =>
        Vector256.ConvertToSingle(Avx2.ConvertToVector256Int32(Vector128.Load(source)));
}
