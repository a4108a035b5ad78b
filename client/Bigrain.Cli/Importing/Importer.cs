using System.Globalization;
using System.Text.RegularExpressions;
using System.Threading.Channels;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Problems;
using Bigrain.Cli.Files;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Client;
using Bigrain.Index.Errors;

namespace Bigrain.Cli.Importing;

/// <summary>Writes rows of files to a collection, several requests at once.</summary>
/// <remarks>After a fault every row before it is written and the error says with which <c>--skip</c> to go on.</remarks>
internal sealed partial class Importer
{
    /// <summary>Requests under way at once unless told otherwise.</summary>
    public const int DefaultInFlight = 4;

    private readonly BigrainClient _client;
    private readonly ImportJob _job;
    private readonly CollectionInfo _collection;
    private readonly TimeProvider _clock;
    private readonly IProgress<Share> _progress;
    private readonly BatchNames _names;
    private readonly Lock _gate = new();
    private readonly List<ImportBatch> _unwritten = [];
    private long _written;
    private Exception? _failure;

    /// <summary>Prepares an import.</summary>
    public Importer(BigrainClient client, ImportJob job, CollectionInfo collection, TimeProvider clock, IProgress<Share> progress)
    {
        _client = client;
        _job = job;
        _collection = collection;
        _clock = clock;
        _progress = progress;
        foreach (string path in job.Paths)
        {
            // Every file is looked at before the first row is written.
            using IVectorFile file = VectorFiles.Open(path);
            if (file.Dimension is { } dimension && dimension != collection.Dimension)
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument, $"{path}: has {dimension} elements a row; the dimension of {collection.Name} is {collection.Dimension}", "vector");
            }
        }

        _names = new BatchNames(job, collection.Incarnation);
    }

    /// <summary>Imports.</summary>
    /// <exception cref="ToolException">Some rows could not be read or written; the message says which and how to go on.</exception>
    public async Task<ImportReport> RunAsync(CancellationToken cancellationToken)
    {
        long start = _clock.GetTimestamp();
        using RowSequence rows = new(_job.Paths, _job.Window, _job.IdsPath);
        BatchReader reader = new(rows, _collection.Dimension);
        Channel<ImportBatch> batches = Channel.CreateBounded<ImportBatch>(new BoundedChannelOptions(_job.InFlight) { SingleWriter = true });
        Task producer = Task.Run(() => ProduceAsync(reader, batches.Writer, cancellationToken), CancellationToken.None);
        Task[] senders = [.. Enumerable.Range(0, _job.InFlight).Select(_ => SendAsync(batches.Reader, rows.RowCount, cancellationToken))];
        await producer;
        await Task.WhenAll(senders);

        Exception? failure = _failure ?? reader.Fault;
        if (failure is not null)
        {
            throw Resumable(failure, reader.NextRow);
        }

        cancellationToken.ThrowIfCancellationRequested();
        double seconds = _clock.GetElapsedTime(start).TotalSeconds;
        return new ImportReport(_written, seconds, _written / Math.Max(seconds, 1e-9), Compacted: false);
    }

    [GeneratedRegex(@"^documents\[(\d+)\]")]
    private static partial Regex RowField();

    private async Task ProduceAsync(BatchReader reader, ChannelWriter<ImportBatch> batches, CancellationToken cancellationToken)
    {
        try
        {
            while (Volatile.Read(ref _failure) is null && reader.Read() is { } batch)
            {
                lock (_gate)
                {
                    _unwritten.Add(batch);
                }

                await batches.WriteAsync(batch, cancellationToken);
            }
        }
        catch (Exception e)
        {
            Fail(e);
        }
        finally
        {
            batches.Complete();
        }
    }

    private async Task SendAsync(ChannelReader<ImportBatch> batches, long? total, CancellationToken cancellationToken)
    {
        await foreach (ImportBatch batch in batches.ReadAllAsync(CancellationToken.None))
        {
            if (Volatile.Read(ref _failure) is not null)
            {
                continue;
            }

            try
            {
                await WriteAsync(batch, cancellationToken);
                MarkWritten(batch);
                _progress.Report(new Share(Interlocked.Add(ref _written, batch.Documents.Count), total));
            }
            catch (Exception e)
            {
                Fail(e);
            }
        }
    }

    private async Task WriteAsync(ImportBatch batch, CancellationToken cancellationToken)
    {
        try
        {
            await WriteAsync(batch.FirstRow, batch.Documents, cancellationToken);
        }
        catch (BigrainClientException e) when (BadRowOf(e) is { } bad && bad < batch.Documents.Count)
        {
            // All or nothing holds for a request; the promise here is that rows before a bad one stay.
            IReadOnlyList<Document> before = [.. batch.Documents.Take(bad)];
            if (before.Count > 0)
            {
                await WriteAsync(batch.FirstRow, before, cancellationToken);
                Interlocked.Add(ref _written, before.Count);
            }

            throw new RefusedRowException(batch.FirstRow + bad, e);
        }
    }

    private Task<WriteReply> WriteAsync(long firstRow, IReadOnlyList<Document> documents, CancellationToken cancellationToken) =>
        _client.WriteAsync(
            _job.Collection,
            new WriteRequest { Documents = documents, BatchId = _names.Of(firstRow, documents.Count) },
            cancellationToken);

    private static int? BadRowOf(BigrainClientException e) =>
        e.Code is ProblemTypes.InvalidArgument or ProblemTypes.TooLarge && e.Field is { } field && RowField().Match(field) is { Success: true } match
            ? int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)
            : null;

    private void MarkWritten(ImportBatch batch)
    {
        lock (_gate)
        {
            batch.IsWritten = true;
            while (_unwritten.Count > 0 && _unwritten[0].IsWritten)
            {
                _unwritten.RemoveAt(0);
            }
        }
    }

    private void Fail(Exception e) => Interlocked.CompareExchange(ref _failure, e, null);

    private ToolException Resumable(Exception failure, long nextRow)
    {
        long firstMissing = _unwritten.Count > 0 ? _unwritten[0].FirstRow : nextRow;
        if (failure is RefusedRowException refused && _unwritten.Count > 0 && Covers(_unwritten[0], refused.Row))
        {
            firstMissing = refused.Row;
        }

        Exception cause = failure is RefusedRowException ? failure.InnerException! : failure;
        (int exitCode, ApiProblem problem) = Faults.Describe(cause);
        string row = failure is RefusedRowException bad ? $"row {bad.Row}: " : "";
        string written = firstMissing > _job.Window.Skip
            ? $"rows {_job.Window.Skip} to {firstMissing - 1} are written"
            : "no row is written for sure";
        return new ToolException(
            exitCode == ExitCode.BadUsage ? ExitCode.Failed : exitCode,
            new ApiProblem
            {
                Type = problem.Type,
                Title = problem.Title,
                Status = problem.Status,
                Field = problem.Field,
                Retryable = problem.Retryable,
                TraceId = problem.TraceId,
                Detail = $"{row}{problem.Detail}; {written}: go on with --skip {firstMissing} when that is mended",
            },
            cause);
    }

    private static bool Covers(ImportBatch batch, long row) => row >= batch.FirstRow && row < batch.FirstRow + batch.Documents.Count;
}
