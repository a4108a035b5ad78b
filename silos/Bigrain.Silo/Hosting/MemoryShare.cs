namespace Bigrain.Silo.Hosting;

/// <summary>The memory budget of a silo that was not told one.</summary>
internal static class MemoryShare
{
    /// <summary>Half of what the process may use (physical memory, or its container's limit), at least the smallest budget.</summary>
    /// <param name="availableBytes">Memory that the process may use.</param>
    /// <remarks>The other half is for the runtime's own heap, for messages and for the page cache, which serves the mapped files.</remarks>
    public static long Of(long availableBytes) => Math.Max(SiloSettings.MinMemoryBytes, availableBytes / 2);

    /// <summary>The budget that the settings mean on this machine.</summary>
    public static long Resolve(SiloSettings settings) =>
        settings.MemoryBytes ?? Of(GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}
