namespace Bigrain.Index.Coarse;

/// <summary>Rows of vectors, read in blocks: a builder sees a segment of any size within a fixed amount of memory.</summary>
/// <remarks>One reader at a time. Passes are sequential; sampling reads single rows in ascending order.</remarks>
public interface IVectorSource
{
    /// <summary>Number of rows.</summary>
    int Count { get; }

    /// <summary>Dimension of every row.</summary>
    int Dimension { get; }

    /// <summary>Copies rows out, as they were written (cosine rows are not normalised).</summary>
    /// <param name="firstRow">First row.</param>
    /// <param name="rowCount">How many rows.</param>
    /// <param name="destination">Receives <c>[rowCount, Dimension]</c>; may be longer.</param>
    void Read(int firstRow, int rowCount, Span<float> destination);
}
