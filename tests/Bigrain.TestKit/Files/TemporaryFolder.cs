using System.Collections.Concurrent;

namespace Bigrain.TestKit.Files;

/// <summary>A new empty folder, removed with all it holds at disposal, or at the latest when the process ends.</summary>
public sealed class TemporaryFolder : IDisposable
{
    // What is still written to, or was never disposed because its owner failed.
    private static readonly ConcurrentDictionary<string, bool> Left = new(StringComparer.Ordinal);

    static TemporaryFolder() => AppDomain.CurrentDomain.ProcessExit += static (_, _) =>
    {
        foreach (string path in Left.Keys)
        {
            TryRemove(path);
        }
    };

    public TemporaryFolder() => Left[Path] = true;

    /// <summary>Full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("bigrain-").FullName;

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        if (TryRemove(Path))
        {
            Left.TryRemove(Path, out _);
        }
    }

    private static bool TryRemove(string path)
    {
        try
        {
            Directory.Delete(path, recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            // A file just appeared in it.
            return false;
        }
    }
}
