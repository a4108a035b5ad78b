using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Distances;

/// <summary>What is summed over the dimensions, as a type parameter of <see cref="DistanceKernel{TForm, TElement}"/>.</summary>
internal interface IDistanceForm
{
    /// <summary>Whether the scale of a record can be applied to the sum, instead of to each element.</summary>
    static abstract bool ScalesSum { get; }

    static abstract TVector Accumulate<TLane, TVector>(TVector sum, TVector query, TVector record)
        where TLane : ILane<TVector>
        where TVector : struct;

    static abstract float Accumulate(float sum, float query, float record);
}
