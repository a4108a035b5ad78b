namespace Bigrain.Index.Segments.Dense;

/// <summary>What reading dense records took.</summary>
/// <param name="Records">Records verified.</param>
/// <param name="BytesRead">Bytes read, gaps between coalesced records included.</param>
/// <param name="Reads">Ranged reads (GETs where the store is remote).</param>
public readonly record struct DenseReadCost(int Records, long BytesRead, int Reads)
{
    /// <summary>Adds two costs.</summary>
    public static DenseReadCost operator +(DenseReadCost left, DenseReadCost right) =>
        new(left.Records + right.Records, left.BytesRead + right.BytesRead, left.Reads + right.Reads);

    /// <summary>Adds another cost.</summary>
    public DenseReadCost Add(DenseReadCost other) => this + other;
}
