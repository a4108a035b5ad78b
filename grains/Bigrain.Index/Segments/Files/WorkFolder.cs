namespace Bigrain.Index.Segments.Files;

/// <summary>A folder for the files of one segment while it is written; deleted with everything in it, whatever happens.</summary>
internal sealed class WorkFolder : IDisposable
{
    private const string Prefix = "segment-";

    private readonly string _path;

    public WorkFolder(string workDirectory)
    {
        _path = Path.Combine(workDirectory, Prefix + Path.GetRandomFileName());
        try
        {
            Directory.CreateDirectory(_path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw WorkFile.Translate(error, _path);
        }
    }

    public string File(string name) => Path.Combine(_path, name);

    public static void DeleteLeftovers(string workDirectory, DateTimeOffset before)
    {
        if (!Directory.Exists(workDirectory))
        {
            return;
        }

        foreach (string path in Directory.EnumerateDirectories(workDirectory, Prefix + "*"))
        {
            if (Directory.GetLastWriteTimeUtc(path) < before.UtcDateTime)
            {
                Directory.Delete(path, recursive: true);
            }
        }
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(_path, recursive: true);
        }
        catch (IOException)
        {
            // What stays goes with DeleteLeftovers at the next start: the work directory holds nothing that lasts.
        }
    }
}
