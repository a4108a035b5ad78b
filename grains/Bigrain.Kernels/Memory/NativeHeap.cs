using System.Runtime.InteropServices;

namespace Bigrain.Kernels.Memory;

/// <summary>Settings of the C library's heap, which native buffers come from, for a process that runs for weeks.</summary>
/// <remarks>By default glibc keeps up to eight heaps a core, and learns from every large block that is freed to keep larger ones. What a
/// server freed then stays with it, in pieces, and its resident memory creeps up. Two heaps and a fixed limit give freed blocks back.</remarks>
public static partial class NativeHeap
{
    // From malloc.h.
    private const int MmapThreshold = -3;
    private const int ArenaMax = -8;

    private const int MostHeaps = 2;

    // Blocks from this size on are mapped one by one, and unmapped when they are freed: codes, tails and read buffers.
    private const int LargeBytes = 128 * 1024;

    private static readonly string[] Variables = ["MALLOC_ARENA_MAX", "MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"];

    /// <summary>Has freed memory go back to the system. Does nothing where the environment has settings of its own, or the C library none.</summary>
    public static void ReturnFreed()
    {
        if (!OperatingSystem.IsLinux() || Variables.Any(name => Environment.GetEnvironmentVariable(name) is not null))
        {
            return;
        }

        try
        {
            // 0 means refused: then the defaults stay, and nothing depends on it.
            _ = mallopt(ArenaMax, MostHeaps);
            _ = mallopt(MmapThreshold, LargeBytes);
        }
        catch (Exception error) when (error is EntryPointNotFoundException or DllNotFoundException)
        {
            // musl has one heap and no settings.
        }
    }

    [LibraryImport("libc")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int mallopt(int parameter, int value);
}
