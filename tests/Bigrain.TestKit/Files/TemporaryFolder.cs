namespace Bigrain.TestKit.Files;

/// <summary>A new empty folder, removed with all it holds at disposal.</summary>
public sealed class TemporaryFolder : IDisposable
{
    /// <summary>Full path.</summary>
    public string Path { get; } = Directory.CreateTempSubdirectory("bigrain-").FullName;

    public string Combine(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // A file still mapped or just appearing: the system's temporary folder is cleaned by its owner.
        }
    }
}
