using System.Globalization;
using Bigrain.Index.Randomness;

namespace Bigrain.Silo.Hosting;

/// <summary>The folder of this process for files that freezes and compactions need for a while.</summary>
/// <remarks>Each process has its own, so that a second one on the same data cannot remove what the first is using.
/// What crashed processes left goes away when it is a day old.</remarks>
internal sealed class WorkFolder : IDisposable
{
    private static readonly TimeSpan KeepLeftovers = TimeSpan.FromDays(1);

    /// <summary>Makes the folder and removes old leftovers.</summary>
    public WorkFolder(string data, TimeProvider time, IRandomSource random)
    {
        string parent = System.IO.Path.Combine(System.IO.Path.GetFullPath(data), "work");
        Path = System.IO.Path.Combine(parent, random.NextUInt64().ToString("x16", CultureInfo.InvariantCulture));
        Directory.CreateDirectory(Path);
        DateTime oldest = time.GetUtcNow().UtcDateTime - KeepLeftovers;
        foreach (string leftover in Directory.EnumerateDirectories(parent))
        {
            if (Directory.GetLastWriteTimeUtc(leftover) < oldest)
            {
                Remove(leftover);
            }
        }
    }

    /// <summary>Full path.</summary>
    public string Path { get; }

    /// <inheritdoc/>
    public void Dispose() => Remove(Path);

    private static void Remove(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Somebody else removes it, or it stays for the next start: it holds nothing of value.
        }
        catch (UnauthorizedAccessException)
        {
            // As above.
        }
    }
}
