using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Bigrain.Benchmarks;

/// <summary>Reads a buffer as fast as one thread can: what scans are measured against.</summary>
internal static unsafe class PlainRead
{
    /// <summary>Touches every byte of a multiple of 256 bytes; the result keeps the compiler from dropping the reads.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static byte Run(byte* source, nint bytes)
    {
        var (a, b, c, d) = (Vector512<byte>.Zero, Vector512<byte>.Zero, Vector512<byte>.Zero, Vector512<byte>.Zero);
        for (nint i = 0; i < bytes; i += 256)
        {
            a |= Vector512.Load(source + i);
            b |= Vector512.Load(source + i + 64);
            c |= Vector512.Load(source + i + 128);
            d |= Vector512.Load(source + i + 192);
        }

        return Vector512.Sum(a | b | (c | d));
    }
}
