using Bigrain.Index.Coarse;
using Bigrain.Index.Scheduling;

namespace Bigrain.Index.Segments;

/// <summary>Rows whose reader is paused so that it keeps its share of a core: every step of a build reads rows, block by block.</summary>
internal sealed class PacedVectorSource(IVectorSource inner, CpuPace pace) : IVectorSource
{
    /// <inheritdoc/>
    public int Count => inner.Count;

    /// <inheritdoc/>
    public int Dimension => inner.Dimension;

    /// <summary>The source, paced where there is a pace.</summary>
    public static IVectorSource Of(IVectorSource inner, CpuPace? pace) => pace is null ? inner : new PacedVectorSource(inner, pace);

    /// <inheritdoc/>
    public void Read(int firstRow, int rowCount, Span<float> destination)
    {
        pace.Step();
        inner.Read(firstRow, rowCount, destination);
    }
}
