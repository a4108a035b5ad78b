using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using Bigrain.Api.Documents;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;

namespace Bigrain.Cli.Exporting;

/// <summary>The file of an export: grows under another name, and takes its own when it is whole.</summary>
/// <remarks>One that is gzipped is a sequence of gzip members, each closed where an export can be resumed.</remarks>
internal sealed class ExportFile : IDisposable
{
    private readonly string _path;
    private readonly bool _gzipped;
    private readonly FileStream _file;
    private readonly ArrayBufferWriter<byte> _pending = new(1 << 20);

    private ExportFile(string path, FileStream file, ExportState state)
    {
        _path = path;
        _gzipped = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase);
        _file = file;
        State = state;
    }

    /// <summary>What is safely in the file.</summary>
    public ExportState State { get; private set; }

    /// <summary>Bytes of documents that are not in the file yet.</summary>
    public int PendingBytes => _pending.WrittenCount;

    /// <summary>Refuses a name that no export can have.</summary>
    /// <exception cref="ToolException">It ends as another format does, or its folder does not exist.</exception>
    public static void RequireName(string path)
    {
        if (!path.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) && !path.EndsWith(".jsonl.gz", StringComparison.OrdinalIgnoreCase))
        {
            throw Refused($"{path} must end with .jsonl or .jsonl.gz: an export is JSON lines");
        }

        string folder = Path.GetDirectoryName(Path.GetFullPath(path))!;
        if (!Directory.Exists(folder))
        {
            throw Refused($"the folder {folder} does not exist: make it first, or give another name");
        }
    }

    /// <summary>Opens the file of an export.</summary>
    /// <param name="path">Name of the finished file.</param>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="incarnation">Its life.</param>
    /// <param name="resume">Whether to go on with an unfinished one; it begins anew where there is none.</param>
    /// <param name="force">Whether a finished one may be replaced.</param>
    /// <exception cref="ToolException">There is a finished file, or the unfinished one is of another collection.</exception>
    public static ExportFile Open(string path, string collection, string? incarnation, bool resume, bool force)
    {
        if (!force && File.Exists(path))
        {
            throw Refused($"{path} exists: remove it, give another name, or say --force");
        }

        var fresh = new ExportState(collection, incarnation, null, 0, 0);
        ExportState state = resume ? Read(path) ?? fresh : fresh;
        if (state.Collection != collection || state.Incarnation != incarnation)
        {
            throw Refused($"{PartialOf(path)} is of another collection, or of one that was dropped since: leave --resume out to begin anew");
        }

        var file = new FileStream(PartialOf(path), state.Bytes > 0 ? FileMode.Open : FileMode.Create, FileAccess.Write, FileShare.Read);
        if (file.Length < state.Bytes)
        {
            file.Dispose();
            throw Refused($"{PartialOf(path)} is shorter than it was: leave --resume out to begin anew");
        }

        file.SetLength(state.Bytes);
        file.Position = state.Bytes;
        return new ExportFile(path, file, state);
    }

    /// <summary>Adds a document.</summary>
    public void Add(StoredDocument document)
    {
        using (var line = new Utf8JsonWriter(_pending))
        {
            JsonSerializer.Serialize(line, document, ApiJson.Default.StoredDocument);
        }

        _pending.Write("\n"u8);
    }

    /// <summary>Puts what was added into the file for good.</summary>
    /// <param name="after">Where the next page begins.</param>
    /// <param name="documents">Documents in all.</param>
    public void Commit(string? after, long documents)
    {
        if (_gzipped && _pending.WrittenCount > 0)
        {
            using var member = new GZipStream(_file, CompressionLevel.Fastest, leaveOpen: true);
            member.Write(_pending.WrittenSpan);
        }
        else
        {
            _file.Write(_pending.WrittenSpan);
        }

        _pending.ResetWrittenCount();
        _file.Flush(flushToDisk: true);
        State = State with { After = after, Bytes = _file.Position, Documents = documents };

        // The state never says more than the file has.
        string next = StateOf(_path) + ".new";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(State, ToolJson.Default.ExportState));
        File.Move(next, StateOf(_path), overwrite: true);
    }

    /// <summary>Gives the file its name.</summary>
    public void Finish()
    {
        _file.Dispose();
        File.Move(PartialOf(_path), _path, overwrite: true);
        File.Delete(StateOf(_path));
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private static string PartialOf(string path) => path + ".partial";

    private static string StateOf(string path) => path + ".state";

    private static ExportState? Read(string path)
    {
        try
        {
            return File.Exists(PartialOf(path))
                ? JsonSerializer.Deserialize(File.ReadAllBytes(StateOf(path)), ToolJson.Default.ExportState)
                : null;
        }
        catch (Exception error) when (error is FileNotFoundException or JsonException)
        {
            return null;
        }
    }

    private static ToolException Refused(string detail) => new(
        ExitCode.BadUsage, new ApiProblem { Type = ProblemTypes.InvalidArgument, Title = "bad usage", Detail = detail, Field = "out" });
}
