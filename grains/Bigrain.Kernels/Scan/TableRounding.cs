namespace Bigrain.Kernels.Scan;

/// <summary>What undoes the rounding of a look-up table: <c>inner product = sum * Step + Offset</c>, give or take <see cref="Error"/>.</summary>
/// <param name="Step">Value of one table unit.</param>
/// <param name="Offset">Sum of the smallest entries.</param>
/// <param name="Error">Three standard deviations of the rounding error of a sum.</param>
public readonly record struct TableRounding(float Step, float Offset, float Error);
