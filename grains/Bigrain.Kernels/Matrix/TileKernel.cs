using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Matrix;

/// <summary>Inner products of one group of rows with one panel of columns: the register block of the matrix product.</summary>
/// <remarks>Unsafe because operands are packed blocks of native memory: a group is <c>[d][Rows]</c>, a panel
/// <c>[d][Columns]</c>, both zero-padded, the tile <c>[Rows][Columns]</c>; every access is inside these shapes. Each
/// product is one chain over the dimensions in order, so that a value depends neither on its place in the tile nor on
/// the number of threads, nor, among the widths that fuse multiply and add, on the width.</remarks>
internal static unsafe class TileKernel
{
    /// <summary>Rows of a tile: as many as keep all sums of a tile in registers.</summary>
    public static int Rows
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.IsHardwareAccelerated ? 12 : Vector128.IsHardwareAccelerated ? 6 : 4;
    }

    /// <summary>Columns of a tile: two vectors.</summary>
    public static int Columns
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.IsHardwareAccelerated ? 32 : Vector256.IsHardwareAccelerated ? 16 : 8;
    }

    /// <summary>Fills a tile.</summary>
    public static void Run(float* rows, float* panel, int dimension, float* tile)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            Run12<Lane512, Vector512<float>>(rows, panel, dimension, tile);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            Run6<Lane256, Vector256<float>>(rows, panel, dimension, tile);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            Run6<Lane128, Vector128<float>>(rows, panel, dimension, tile);
        }
        else
        {
            Scalar(rows, panel, dimension, tile);
        }
    }

    /// <summary>Products of one vector with the columns of one panel; its sums run in four phases over the dimensions.</summary>
    public static void RunOne(float* row, float* panel, int dimension, float* products)
    {
        if (Vector512.IsHardwareAccelerated)
        {
            RunOne<Lane512, Vector512<float>>(row, panel, dimension, products);
        }
        else if (Vector256.IsHardwareAccelerated)
        {
            RunOne<Lane256, Vector256<float>>(row, panel, dimension, products);
        }
        else if (Vector128.IsHardwareAccelerated)
        {
            RunOne<Lane128, Vector128<float>>(row, panel, dimension, products);
        }
        else
        {
            for (var column = 0; column < Columns; column++)
            {
                float sum = 0;
                for (var k = 0; k < dimension; k++)
                {
                    sum += row[k] * panel[(k * Columns) + column];
                }

                products[column] = sum;
            }
        }
    }

    private static void Scalar(float* rows, float* panel, int dimension, float* tile)
    {
        for (var column = 0; column < Columns; column++)
        {
            float sum0 = 0, sum1 = 0, sum2 = 0, sum3 = 0;
            for (var k = 0; k < dimension; k++)
            {
                var y = panel[(k * Columns) + column];
                sum0 += rows[k * 4] * y;
                sum1 += rows[(k * 4) + 1] * y;
                sum2 += rows[(k * 4) + 2] * y;
                sum3 += rows[(k * 4) + 3] * y;
            }

            tile[column] = sum0;
            tile[Columns + column] = sum1;
            tile[(2 * Columns) + column] = sum2;
            tile[(3 * Columns) + column] = sum3;
        }
    }

    private static void RunOne<TLane, TVector>(float* row, float* panel, int dimension, float* products)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var (a0, a1, a2, a3) = (TLane.Zero, TLane.Zero, TLane.Zero, TLane.Zero);
        var (b0, b1, b2, b3) = (TLane.Zero, TLane.Zero, TLane.Zero, TLane.Zero);
        var k = 0;
        for (; k + 4 <= dimension; k += 4)
        {
            var (x0, x1) = (TLane.Broadcast(row[k]), TLane.Broadcast(row[k + 1]));
            a0 = TLane.MultiplyAdd(x0, TLane.Load(panel), a0);
            b0 = TLane.MultiplyAdd(x0, TLane.Load(panel + TLane.Count), b0);
            a1 = TLane.MultiplyAdd(x1, TLane.Load(panel + (2 * TLane.Count)), a1);
            b1 = TLane.MultiplyAdd(x1, TLane.Load(panel + (3 * TLane.Count)), b1);
            var (x2, x3) = (TLane.Broadcast(row[k + 2]), TLane.Broadcast(row[k + 3]));
            a2 = TLane.MultiplyAdd(x2, TLane.Load(panel + (4 * TLane.Count)), a2);
            b2 = TLane.MultiplyAdd(x2, TLane.Load(panel + (5 * TLane.Count)), b2);
            a3 = TLane.MultiplyAdd(x3, TLane.Load(panel + (6 * TLane.Count)), a3);
            b3 = TLane.MultiplyAdd(x3, TLane.Load(panel + (7 * TLane.Count)), b3);
            panel += 8 * TLane.Count;
        }

        for (; k < dimension; k++)
        {
            var x = TLane.Broadcast(row[k]);
            a0 = TLane.MultiplyAdd(x, TLane.Load(panel), a0);
            b0 = TLane.MultiplyAdd(x, TLane.Load(panel + TLane.Count), b0);
            panel += 2 * TLane.Count;
        }

        TLane.Store(TLane.Add(TLane.Add(a0, a1), TLane.Add(a2, a3)), products);
        TLane.Store(TLane.Add(TLane.Add(b0, b1), TLane.Add(b2, b3)), products + TLane.Count);
    }

    private static void Run12<TLane, TVector>(float* rows, float* panel, int dimension, float* tile)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var (a0, b0) = (TLane.Zero, TLane.Zero);
        var (a1, b1) = (TLane.Zero, TLane.Zero);
        var (a2, b2) = (TLane.Zero, TLane.Zero);
        var (a3, b3) = (TLane.Zero, TLane.Zero);
        var (a4, b4) = (TLane.Zero, TLane.Zero);
        var (a5, b5) = (TLane.Zero, TLane.Zero);
        var (a6, b6) = (TLane.Zero, TLane.Zero);
        var (a7, b7) = (TLane.Zero, TLane.Zero);
        var (a8, b8) = (TLane.Zero, TLane.Zero);
        var (a9, b9) = (TLane.Zero, TLane.Zero);
        var (a10, b10) = (TLane.Zero, TLane.Zero);
        var (a11, b11) = (TLane.Zero, TLane.Zero);
        for (var k = 0; k < dimension; k++)
        {
            var left = TLane.Load(panel);
            var right = TLane.Load(panel + TLane.Count);
            var x0 = TLane.Broadcast(rows[0]);
            a0 = TLane.MultiplyAdd(x0, left, a0);
            b0 = TLane.MultiplyAdd(x0, right, b0);
            var x1 = TLane.Broadcast(rows[1]);
            a1 = TLane.MultiplyAdd(x1, left, a1);
            b1 = TLane.MultiplyAdd(x1, right, b1);
            var x2 = TLane.Broadcast(rows[2]);
            a2 = TLane.MultiplyAdd(x2, left, a2);
            b2 = TLane.MultiplyAdd(x2, right, b2);
            var x3 = TLane.Broadcast(rows[3]);
            a3 = TLane.MultiplyAdd(x3, left, a3);
            b3 = TLane.MultiplyAdd(x3, right, b3);
            var x4 = TLane.Broadcast(rows[4]);
            a4 = TLane.MultiplyAdd(x4, left, a4);
            b4 = TLane.MultiplyAdd(x4, right, b4);
            var x5 = TLane.Broadcast(rows[5]);
            a5 = TLane.MultiplyAdd(x5, left, a5);
            b5 = TLane.MultiplyAdd(x5, right, b5);
            var x6 = TLane.Broadcast(rows[6]);
            a6 = TLane.MultiplyAdd(x6, left, a6);
            b6 = TLane.MultiplyAdd(x6, right, b6);
            var x7 = TLane.Broadcast(rows[7]);
            a7 = TLane.MultiplyAdd(x7, left, a7);
            b7 = TLane.MultiplyAdd(x7, right, b7);
            var x8 = TLane.Broadcast(rows[8]);
            a8 = TLane.MultiplyAdd(x8, left, a8);
            b8 = TLane.MultiplyAdd(x8, right, b8);
            var x9 = TLane.Broadcast(rows[9]);
            a9 = TLane.MultiplyAdd(x9, left, a9);
            b9 = TLane.MultiplyAdd(x9, right, b9);
            var x10 = TLane.Broadcast(rows[10]);
            a10 = TLane.MultiplyAdd(x10, left, a10);
            b10 = TLane.MultiplyAdd(x10, right, b10);
            var x11 = TLane.Broadcast(rows[11]);
            a11 = TLane.MultiplyAdd(x11, left, a11);
            b11 = TLane.MultiplyAdd(x11, right, b11);
            rows += 12;
            panel += 2 * TLane.Count;
        }

        Store<TLane, TVector>(tile, 0, a0, b0);
        Store<TLane, TVector>(tile, 1, a1, b1);
        Store<TLane, TVector>(tile, 2, a2, b2);
        Store<TLane, TVector>(tile, 3, a3, b3);
        Store<TLane, TVector>(tile, 4, a4, b4);
        Store<TLane, TVector>(tile, 5, a5, b5);
        Store<TLane, TVector>(tile, 6, a6, b6);
        Store<TLane, TVector>(tile, 7, a7, b7);
        Store<TLane, TVector>(tile, 8, a8, b8);
        Store<TLane, TVector>(tile, 9, a9, b9);
        Store<TLane, TVector>(tile, 10, a10, b10);
        Store<TLane, TVector>(tile, 11, a11, b11);
    }

    private static void Run6<TLane, TVector>(float* rows, float* panel, int dimension, float* tile)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        var (a0, b0) = (TLane.Zero, TLane.Zero);
        var (a1, b1) = (TLane.Zero, TLane.Zero);
        var (a2, b2) = (TLane.Zero, TLane.Zero);
        var (a3, b3) = (TLane.Zero, TLane.Zero);
        var (a4, b4) = (TLane.Zero, TLane.Zero);
        var (a5, b5) = (TLane.Zero, TLane.Zero);
        for (var k = 0; k < dimension; k++)
        {
            var left = TLane.Load(panel);
            var right = TLane.Load(panel + TLane.Count);
            var x0 = TLane.Broadcast(rows[0]);
            a0 = TLane.MultiplyAdd(x0, left, a0);
            b0 = TLane.MultiplyAdd(x0, right, b0);
            var x1 = TLane.Broadcast(rows[1]);
            a1 = TLane.MultiplyAdd(x1, left, a1);
            b1 = TLane.MultiplyAdd(x1, right, b1);
            var x2 = TLane.Broadcast(rows[2]);
            a2 = TLane.MultiplyAdd(x2, left, a2);
            b2 = TLane.MultiplyAdd(x2, right, b2);
            var x3 = TLane.Broadcast(rows[3]);
            a3 = TLane.MultiplyAdd(x3, left, a3);
            b3 = TLane.MultiplyAdd(x3, right, b3);
            var x4 = TLane.Broadcast(rows[4]);
            a4 = TLane.MultiplyAdd(x4, left, a4);
            b4 = TLane.MultiplyAdd(x4, right, b4);
            var x5 = TLane.Broadcast(rows[5]);
            a5 = TLane.MultiplyAdd(x5, left, a5);
            b5 = TLane.MultiplyAdd(x5, right, b5);
            rows += 6;
            panel += 2 * TLane.Count;
        }

        Store<TLane, TVector>(tile, 0, a0, b0);
        Store<TLane, TVector>(tile, 1, a1, b1);
        Store<TLane, TVector>(tile, 2, a2, b2);
        Store<TLane, TVector>(tile, 3, a3, b3);
        Store<TLane, TVector>(tile, 4, a4, b4);
        Store<TLane, TVector>(tile, 5, a5, b5);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store<TLane, TVector>(float* tile, int row, TVector left, TVector right)
        where TLane : struct, ILane<TVector>
        where TVector : struct
    {
        TLane.Store(left, tile + (row * 2 * TLane.Count));
        TLane.Store(right, tile + (row * 2 * TLane.Count) + TLane.Count);
    }
}
