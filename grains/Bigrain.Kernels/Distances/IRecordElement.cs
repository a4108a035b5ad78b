using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Distances;

/// <summary>Element type of a stored record, as a type parameter of <see cref="DistanceKernel{TForm, TElement}"/>.</summary>
internal unsafe interface IRecordElement
{
    static abstract int SizeBytes { get; }

    /// <summary>Whether the elements must be multiplied by a scale that belongs to the record.</summary>
    static abstract bool HasScale { get; }

    static abstract TVector Load<TLane, TVector>(byte* source)
        where TLane : ILane<TVector>
        where TVector : struct;

    static abstract float Load(byte* source);
}
