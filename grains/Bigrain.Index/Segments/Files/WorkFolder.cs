namespace Bigrain.Index.Segments.Files;

/// <summary>A folder for the files of one segment while it is written; deleted with everything in it, whatever happens.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly string _path;

    public WorkFolder(string workDirectory)
    {
        _path = Path.Combine(workDirectory, "segment-" + Path.GetRandomFileName());
        Directory.CreateDirectory(_path);
    }

    public string File(string name) => Path.Combine(_path, name);

    public void Dispose()
    {
        try
        {
            Directory.Delete(_path, recursive: true);
        }
        catch (IOException)
        {
            // What stays is found and deleted when the silo starts: the work directory holds nothing that lasts.
        }
    }
}
