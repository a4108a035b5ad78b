using System.Text;
using Bigrain.Index.Errors;

namespace Bigrain.Cli.Files;

/// <summary>Document ids, one a line; line i belongs to row i.</summary>
internal sealed class IdFile : IDisposable
{
    private readonly ByteSource _source;
    private readonly LineReader _lines;
    private long _next;

    /// <summary>Opens a file of ids.</summary>
    public IdFile(string path)
    {
        _source = ByteSource.Open(path);
        _lines = new LineReader(_source);
    }

    /// <summary>Reads the id of the next row.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: there are fewer ids than rows, or the line is empty.</exception>
    public string Read()
    {
        if (!_lines.TryRead(_next, out ReadOnlySpan<byte> line))
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, $"{_source.Path}: has {_next} ids, but there is a row {_next}; every row needs a line", "ids");
        }

        if (line.IsEmpty)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"{_source.Path}: line {_next + 1} is empty; every row needs an id", "ids");
        }

        _next++;
        return Encoding.UTF8.GetString(line);
    }

    /// <summary>Reads all ids that are left; blank lines are passed over.</summary>
    public IEnumerable<string> ReadAll()
    {
        while (TryRead(out string id))
        {
            if (id.Length > 0)
            {
                yield return id;
            }
        }
    }

    /// <summary>Passes over ids of rows that are skipped.</summary>
    public void Skip(long count)
    {
        for (long i = 0; i < count; i++)
        {
            Read();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _source.Dispose();

    private bool TryRead(out string id)
    {
        bool found = _lines.TryRead(_next, out ReadOnlySpan<byte> line);
        id = found ? Encoding.UTF8.GetString(line) : "";
        _next++;
        return found;
    }
}
