namespace Bigrain.EndToEnd.Clusters;

/// <summary>What one silo has logged, over its restarts.</summary>
internal sealed class SiloLog(string path)
{
    private const int TailLines = 60;

    private readonly Lock _gate = new();
    private readonly List<string> _lines = [];

    /// <summary>File that keeps the whole log.</summary>
    public string Path => path;

    public void Add(string? line)
    {
        if (line is null)
        {
            return;
        }

        lock (_gate)
        {
            _lines.Add(line);
            File.AppendAllText(path, line + "\n");
        }
    }

    public IReadOnlyList<string> Lines()
    {
        lock (_gate)
        {
            return [.. _lines];
        }
    }

    /// <summary>The last lines.</summary>
    public IReadOnlyList<string> Tail()
    {
        lock (_gate)
        {
            return [.. _lines.TakeLast(TailLines)];
        }
    }
}
