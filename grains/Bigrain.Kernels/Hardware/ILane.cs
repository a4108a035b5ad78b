namespace Bigrain.Kernels.Hardware;

/// <summary>Float arithmetic of one vector width, as a type parameter: a kernel is written once and compiled per width.</summary>
/// <typeparam name="TVector">The vector type.</typeparam>
/// <remarks>Pointers need no alignment. <see cref="MultiplyAdd"/> is fused where the processor fuses, and never emulated.</remarks>
internal unsafe interface ILane<TVector>
    where TVector : struct
{
    /// <summary>Floats in a vector.</summary>
    static abstract int Count { get; }

    static abstract TVector Zero { get; }

    static abstract TVector Broadcast(float value);

    static abstract TVector Load(float* source);

    /// <summary>Loads <see cref="Count"/> halves and widens them exactly, infinities, NaN and subnormals included.</summary>
    static abstract TVector LoadHalf(Half* source);

    static abstract TVector LoadInt8(sbyte* source);

    static abstract void Store(TVector value, float* destination);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    /// <summary>a * b + c.</summary>
    static abstract TVector MultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>Zeroes all but the last <paramref name="count"/> lanes (0 to <see cref="Count"/>), whatever they hold.</summary>
    static abstract TVector KeepLast(TVector value, int count);

    /// <summary>Sums the lanes: 16-byte quarters first, then ((0 + 1) + (2 + 3)).</summary>
    static abstract float Sum(TVector value);

    /// <summary>Writes the sums of four vectors, each as <see cref="Sum"/> gives it.</summary>
    static abstract void SumFour(TVector a, TVector b, TVector c, TVector d, float* destination);

    /// <summary>Flips the sign of each lane whose sign bit is set in <paramref name="signs"/>.</summary>
    static abstract TVector FlipSigns(TVector value, TVector signs);

    /// <summary>Unnormalised Hadamard transform of the lanes: stages of distance 1, 2, up to half of <see cref="Count"/>.</summary>
    static abstract TVector Hadamard(TVector value);
}
