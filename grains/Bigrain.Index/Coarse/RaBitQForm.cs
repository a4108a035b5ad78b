using Bigrain.Kernels.RaBitQ;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>RaBitQ codes of 1 to 4 bits a dimension.</summary>
internal sealed unsafe class RaBitQForm(int dimension, int bits) : CodeForm
{
    private readonly RaBitQPlanes _planes = new(dimension, bits);

    [ThreadStatic]
    private static RaBitQEncoder? ThreadEncoder;

    public override int BlockVectors => NibbleLayout.BlockVectors;

    public override int BlockCodeBytes => _planes.BlockBytes;

    public override int TableBytes => _planes.BlockBytes;

    public override float LargestLength => _planes.MaxValue * MathF.Sqrt(_planes.Dimension);

    public override CodeFactors Encode(ReadOnlySpan<float> residual, Span<byte> block, int vector, Span<float> values)
    {
        RaBitQEncoder? encoder = ThreadEncoder;
        if (encoder is null || encoder.Planes.Dimension != _planes.Dimension || encoder.Planes.Bits != _planes.Bits)
        {
            encoder = ThreadEncoder = new RaBitQEncoder(_planes);
        }

        CodeFactors factors = encoder.Encode(residual, block, vector);
        encoder.Values.CopyTo(values);
        return factors;
    }

    public override TableRounding FillTable(ReadOnlySpan<float> query, Span<byte> table) => RaBitQTableBuilder.Build(query, _planes, table);

    public override void Sum(byte* codes, int blockCount, byte* table, int* sums) =>
        NibbleScan.Sum(codes, BlockBytes, blockCount, _planes.ChunkCount, table, sums);

    public override void SumFour(byte* codes, int blockCount, byte** tables, int* sums) =>
        NibbleScan.SumFour(codes, BlockBytes, blockCount, _planes.ChunkCount, tables, sums);
}
