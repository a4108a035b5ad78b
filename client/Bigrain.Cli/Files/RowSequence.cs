using System.Globalization;
using Bigrain.Index.Errors;

namespace Bigrain.Cli.Files;

/// <summary>Rows of several files one after the other, numbered through, with their ids.</summary>
internal sealed class RowSequence : IDisposable
{
    private readonly IReadOnlyList<string> _paths;
    private readonly RowWindow _window;
    private readonly IdFile? _ids;
    private IVectorFile? _file;
    private int _nextPath;
    private long _nextRow;
    private long _toSkip;
    private long _firstRowOfFile;

    /// <summary>Opens the first file.</summary>
    /// <param name="paths">Files in order.</param>
    /// <param name="window">Which rows of the whole sequence.</param>
    /// <param name="idsPath">File of ids; null where rows carry theirs or their number is the id.</param>
    public RowSequence(IReadOnlyList<string> paths, RowWindow window, string? idsPath = null)
    {
        _paths = paths;
        _window = window;
        _toSkip = window.Skip;
        _ids = idsPath is null ? null : new IdFile(idsPath);
        Advance();
    }

    /// <summary>Path of the file being read.</summary>
    public string Path => _paths[_nextPath - 1];

    /// <summary>Dimension of the file being read by its header; null where rows may differ.</summary>
    public int? Dimension => _file?.Dimension;

    /// <summary>Rows still to come, as far as headers tell; null where only reading tells.</summary>
    public long? RowCount => _paths.Count == 1 && _file?.RowCount is { } count
        ? Math.Min(Math.Max(0, count - _window.Skip), _window.Take ?? long.MaxValue)
        : _window.Take;

    /// <summary>Reads the next row.</summary>
    /// <returns>The row with its number in the sequence and its id, which falls back to that number; null after the last.</returns>
    /// <exception cref="BigrainException">The file is damaged; the message names file, row and byte offset.</exception>
    public VectorRow? Read()
    {
        while (_file is not null && _nextRow < End())
        {
            if (_toSkip > 0)
            {
                long skipped = _file.Skip(_toSkip);
                _ids?.Skip(skipped);
                _toSkip -= skipped;
                _nextRow += skipped;
                if (_toSkip > 0)
                {
                    Advance();
                    continue;
                }
            }

            if (_file.Read() is { } row)
            {
                string id = _ids?.Read() ?? row.Id ?? _nextRow.ToString(CultureInfo.InvariantCulture);
                return row with { Number = _nextRow++, Id = id };
            }

            Advance();
        }

        return null;
    }

    /// <summary>The row's number within <see cref="Path"/>.</summary>
    public long RowInFile(long number) => number - _firstRowOfFile;

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _ids?.Dispose();
    }

    private long End() => _window.Take is { } take ? _window.Skip + take : long.MaxValue;

    private void Advance()
    {
        _file?.Dispose();
        _file = null;
        _firstRowOfFile = _nextRow;
        if (_nextPath < _paths.Count)
        {
            _file = VectorFiles.Open(_paths[_nextPath++]);
        }
    }
}
