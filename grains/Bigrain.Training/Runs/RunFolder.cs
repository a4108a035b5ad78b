using System.Text;
using System.Text.Json;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;

namespace Bigrain.Training.Runs;

/// <summary>The folder of a training run: <c>config.json</c>, <c>metrics.jsonl</c>, <c>checkpoint.bin</c>, <c>model.bigrain</c>,
/// <c>encoder.bigrain</c> and <c>plots</c>.</summary>
/// <remarks>A file is replaced as a whole, under its name only when it is complete. One process writes at a time.</remarks>
public sealed class RunFolder
{
    private const string CheckpointName = "checkpoint.bin";
    private const ushort CheckpointVersion = 1;

    private RunFolder(string path) => Path = path;

    /// <summary>The folder.</summary>
    public string Path { get; }

    /// <summary>The model.</summary>
    public string ModelPath => System.IO.Path.Combine(Path, "model.bigrain");

    /// <summary>The text encoder, where there is one.</summary>
    public string EncoderPath => System.IO.Path.Combine(Path, "encoder.bigrain");

    /// <summary>What was asked for.</summary>
    public string ConfigPath => System.IO.Path.Combine(Path, "config.json");

    /// <summary>One line of JSON for each evaluation.</summary>
    public string MetricsPath => System.IO.Path.Combine(Path, "metrics.jsonl");

    /// <summary>Makes the folder of a new run.</summary>
    /// <param name="path">Where; it may exist when it is empty.</param>
    /// <exception cref="BigrainException">Something is there.</exception>
    public static RunFolder Create(string path)
    {
        if (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any())
        {
            throw new BigrainException(ErrorCode.Conflict, $"{path} is not empty; name another folder, or go on with that run by --resume", "run");
        }

        Directory.CreateDirectory(path);
        return new RunFolder(path);
    }

    /// <summary>Opens the folder of a run that exists.</summary>
    /// <param name="path">Where.</param>
    /// <exception cref="BigrainException">There is no run.</exception>
    public static RunFolder Open(string path)
    {
        var folder = new RunFolder(path);
        return File.Exists(folder.ConfigPath)
            ? folder
            : throw new BigrainException(ErrorCode.NotFound, $"{path} holds no run: it has no config.json; leave --resume out to begin one", "run");
    }

    /// <summary>Writes <c>config.json</c>.</summary>
    public void WriteConfig<T>(T config) => Write(ConfigPath, JsonSerializer.SerializeToUtf8Bytes(config, RunJson.Indented));

    /// <summary>Reads <c>config.json</c>.</summary>
    /// <exception cref="BigrainException">It is not what was written.</exception>
    public T ReadConfig<T>()
    {
        try
        {
            return JsonSerializer.Deserialize<T>(File.ReadAllBytes(ConfigPath), RunJson.Indented) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new BigrainException(ErrorCode.DataCorrupt, $"{ConfigPath}: is not what was written: {e.Message}", "run", e);
        }
    }

    /// <summary>Appends a line to <c>metrics.jsonl</c>.</summary>
    /// <returns>Bytes of the file then.</returns>
    public long AppendMetric(MetricLine line)
    {
        using var file = new FileStream(MetricsPath, FileMode.Append, FileAccess.Write, FileShare.Read);
        file.Write(JsonSerializer.SerializeToUtf8Bytes(line, RunJson.Line));
        file.Write("\n"u8);
        file.Flush();
        return file.Length;
    }

    /// <summary>Cuts <c>metrics.jsonl</c> back to what a checkpoint knows of.</summary>
    public void CutMetrics(long bytes)
    {
        using var file = new FileStream(MetricsPath, FileMode.OpenOrCreate, FileAccess.Write);
        if (file.Length > bytes)
        {
            file.SetLength(bytes);
        }
    }

    /// <summary>Writes the checkpoint.</summary>
    public void SaveCheckpoint(RunState state) => Write(
        System.IO.Path.Combine(Path, CheckpointName),
        BlobEnvelope.Wrap(BlobKind.Checkpoint, CheckpointVersion, JsonSerializer.SerializeToUtf8Bytes(state, RunJson.Line)));

    /// <summary>Reads the checkpoint.</summary>
    /// <returns>The state; null when none was written yet.</returns>
    /// <exception cref="CorruptBlobException">A byte is not what was written.</exception>
    public RunState? LoadCheckpoint()
    {
        string path = System.IO.Path.Combine(Path, CheckpointName);
        if (!File.Exists(path))
        {
            return null;
        }

        ReadOnlyMemory<byte> body = BlobEnvelope.Unwrap(BlobKind.Checkpoint, path, File.ReadAllBytes(path), out _);
        try
        {
            return JsonSerializer.Deserialize<RunState>(body.Span, RunJson.Line);
        }
        catch (JsonException e)
        {
            throw new CorruptBlobException(path, BlobEnvelope.HeaderBytes, "a state that this version reads", e.Message);
        }
    }

    /// <summary>Writes the model.</summary>
    public void SaveModel(ReadOnlySpan<byte> bytes) => Write(ModelPath, bytes);

    /// <summary>Writes the text encoder.</summary>
    public void SaveEncoder(ReadOnlySpan<byte> bytes) => Write(EncoderPath, bytes);

    /// <summary>Writes a drawing into <c>plots</c>.</summary>
    /// <param name="name">Its name without extension.</param>
    /// <param name="svg">The drawing.</param>
    public void SavePlot(string name, string svg)
    {
        string folder = System.IO.Path.Combine(Path, "plots");
        Directory.CreateDirectory(folder);
        Write(System.IO.Path.Combine(folder, $"{name}.svg"), Encoding.UTF8.GetBytes(svg));
    }

    private static void Write(string path, ReadOnlySpan<byte> bytes)
    {
        string next = path + ".new";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write))
        {
            file.Write(bytes);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, path, overwrite: true);
    }
}
