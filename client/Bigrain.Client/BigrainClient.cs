using System.Buffers;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Bigrain.Api;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Jobs;
using Bigrain.Api.Queries;
using Bigrain.Api.Serialization;
using Bigrain.Api.Status;

namespace Bigrain.Client;

/// <summary>Client of the HTTP API. Safe for use by several threads; make one and keep it.</summary>
/// <remarks>Every call has a deadline, within which it is sent again where that can help; every write carries a batch id and every
/// request for a job a key, so that sending it again changes nothing; every query carries what this client wrote last, so that it reads its own writes.
/// All methods throw <see cref="BigrainClientException"/> on refusal or when no server answers in time, and
/// <see cref="OperationCanceledException"/> when the caller cancels.</remarks>
public sealed class BigrainClient : IDisposable
{
    private readonly ApiChannel _channel;
    private readonly SessionTokens _tokens = new();

    /// <summary>Makes a client with connections of its own.</summary>
    /// <param name="options">Settings; null for the defaults.</param>
    public BigrainClient(BigrainClientOptions? options = null)
        : this(new SocketsHttpHandler { AutomaticDecompression = DecompressionMethods.None, ConnectTimeout = TimeSpan.FromSeconds(2) }, options)
    {
    }

    /// <summary>Makes a client over a handler, such as one of <c>IHttpMessageHandlerFactory</c>.</summary>
    /// <param name="handler">Sends requests; disposed with the client.</param>
    /// <param name="options">Settings; null for the defaults.</param>
    public BigrainClient(HttpMessageHandler handler, BigrainClientOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(handler);
        options ??= new BigrainClientOptions();
        if (options.Endpoints.Count == 0)
        {
            throw new ArgumentException("at least one endpoint is needed", nameof(options));
        }

        _channel = new ApiChannel(handler, options);
        Aliases = new AliasOperations(_channel, _tokens);
        Backups = new BackupOperations(_channel, _tokens);
        Jobs = new JobOperations(_channel, options.Clock);
        Maintenance = new MaintenanceOperations(_channel);
    }

    /// <summary>Aliases.</summary>
    public AliasOperations Aliases { get; }

    /// <summary>Backups and restores.</summary>
    public BackupOperations Backups { get; }

    /// <summary>Jobs.</summary>
    public JobOperations Jobs { get; }

    /// <summary>Reindexing, compaction, warming and garbage collection.</summary>
    public MaintenanceOperations Maintenance { get; }

    /// <summary>Creates a collection; one that exists with the same schema is left as it is.</summary>
    /// <param name="collection">Name.</param>
    /// <param name="request">Schema.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The collection and whether it is new.</returns>
    public async Task<(CollectionInfo Collection, bool IsNew)> CreateCollectionAsync(
        string collection, CollectionRequest request, CancellationToken cancellationToken = default)
    {
        (CollectionInfo info, HttpStatusCode status) = await _channel.SendAsync(
            new ApiCall(HttpMethod.Put, Path(collection), _ => ApiChannel.Serialize(request, ApiJson.Default.CollectionRequest)),
            ApiJson.Default.CollectionInfo,
            cancellationToken).ConfigureAwait(false);
        return (info, status == HttpStatusCode.Created);
    }

    /// <summary>Describes a collection.</summary>
    /// <param name="collection">Name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Its schema and size.</returns>
    public Task<CollectionInfo> GetCollectionAsync(string collection, CancellationToken cancellationToken = default) =>
        _channel.GetAsync(Path(collection), ApiJson.Default.CollectionInfo, cancellationToken);

    /// <summary>Lists the collections.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>All of them, in order of name.</returns>
    public Task<CollectionList> ListCollectionsAsync(CancellationToken cancellationToken = default) =>
        _channel.GetAsync("/v1/collections", ApiJson.Default.CollectionList, cancellationToken);

    /// <summary>Drops a collection and all its documents.</summary>
    /// <param name="collection">Name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task DropCollectionAsync(string collection, CancellationToken cancellationToken = default)
    {
        await _channel.SendAsync(new ApiCall(HttpMethod.Delete, Path(collection)), cancellationToken).ConfigureAwait(false);
        _tokens.Forget(collection);
    }

    /// <summary>Writes documents, all or none. When it returns they are durable.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="request">Documents; a missing batch id is made up here.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Count and token.</returns>
    public async Task<WriteReply> WriteAsync(string collection, WriteRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        WriteRequest named = request.BatchId is null
            ? new WriteRequest { Documents = request.Documents, BatchId = _channel.NewId() }
            : request;
        ReadOnlyMemory<byte> body = ApiChannel.Serialize(named, ApiJson.Default.WriteRequest);
        (WriteReply reply, _) = await _channel.SendAsync(
            new ApiCall(HttpMethod.Post, $"{Path(collection)}/documents", _ => body), ApiJson.Default.WriteReply, cancellationToken)
            .ConfigureAwait(false);
        _tokens.Remember(collection, reply.Token);
        return reply;
    }

    /// <summary>Deletes documents by id or filter.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="request">What to delete, perhaps in known versions only; a missing batch id is made up here.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Count and token.</returns>
    public async Task<WriteReply> DeleteAsync(string collection, DeleteRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        DeleteRequest named = request.BatchId is null
            ? new DeleteRequest { Ids = request.Ids, Documents = request.Documents, Filter = request.Filter, BatchId = _channel.NewId() }
            : request;
        ReadOnlyMemory<byte> body = ApiChannel.Serialize(named, ApiJson.Default.DeleteRequest);
        (WriteReply reply, _) = await _channel.SendAsync(
            new ApiCall(HttpMethod.Post, $"{Path(collection)}/documents/delete", _ => body), ApiJson.Default.WriteReply, cancellationToken)
            .ConfigureAwait(false);
        _tokens.Remember(collection, reply.Token);
        return reply;
    }

    /// <summary>Reads documents by id.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="request">Ids and what to return; a missing token is this client's last.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The documents that exist, and the ids of those that do not.</returns>
    public async Task<GetReply> GetDocumentsAsync(string collection, GetRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string? token = request.Token ?? _tokens.Get(collection);
        (GetReply reply, _) = await _channel.SendAsync(
            Read($"{Path(collection)}/documents/get", request.TimeoutMilliseconds, milliseconds =>
            {
                GetRequest timed = request.Copy();
                timed.Token = token;
                timed.TimeoutMilliseconds = milliseconds;
                return ApiChannel.Serialize(timed, ApiJson.Default.GetRequest);
            }),
            ApiJson.Default.GetReply,
            cancellationToken).ConfigureAwait(false);
        return reply;
    }

    /// <summary>Lists documents, in an order that their ids alone make.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="after">What the page before gave as <see cref="DocumentPage.NextAfter"/>; null for the first page.</param>
    /// <param name="limit">Most documents of the page, up to <see cref="ApiLimits.MaxPageDocuments"/>; a page may have fewer.</param>
    /// <param name="base64">Whether vectors come as little-endian float32 rather than as numbers.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The page. A document that is there and unchanged from the first page to the last comes exactly once, whatever is
    /// written, compacted or rebuilt meanwhile.</returns>
    public Task<DocumentPage> ListDocumentsAsync(
        string collection, string? after = null, int limit = 100, bool base64 = false, CancellationToken cancellationToken = default)
    {
        string query = string.Create(CultureInfo.InvariantCulture, $"?limit={limit}&base64={(base64 ? "true" : "false")}");
        query += after is null ? "" : $"&after={Uri.EscapeDataString(after)}";
        return _channel.GetAsync($"{Path(collection)}/documents{query}", ApiJson.Default.DocumentPage, cancellationToken);
    }

    /// <summary>Starts to delete the documents of a list of ids of any length.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="ids">The ids; one that does not exist is no error.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job.</returns>
    public Task<JobInfo> DeleteManyAsync(string collection, IEnumerable<string> ids, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(ids);
        var body = new ArrayBufferWriter<byte>();
        foreach (string id in ids)
        {
            using (var line = new Utf8JsonWriter(body))
            {
                line.WriteStringValue(id);
            }

            body.Write("\n"u8);
        }

        return _channel.StartJobAsync(
            $"{Path(collection)}/documents/delete/jobs", body.WrittenMemory, cancellationToken, ApiMediaTypes.NewlineDelimitedJson);
    }

    /// <summary>Finds the closest documents.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="request">The query; a missing token is this client's last.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The answer; its <see cref="QueryReply.Complete"/> says whether it is whole.</returns>
    public async Task<QueryReply> QueryAsync(string collection, QueryRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string? token = request.Token ?? _tokens.Get(collection);
        (QueryReply reply, _) = await _channel.SendAsync(
            Read($"{Path(collection)}/query", request.TimeoutMilliseconds, milliseconds =>
            {
                QueryRequest timed = request.Copy();
                timed.Token = token;
                timed.TimeoutMilliseconds = milliseconds;
                return ApiChannel.Serialize(timed, ApiJson.Default.QueryRequest);
            }),
            ApiJson.Default.QueryReply,
            cancellationToken).ConfigureAwait(false);
        return reply;
    }

    /// <summary>Finds the closest documents of many queries at once.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="request">The queries; a missing token is this client's last.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>One answer for each query.</returns>
    public async Task<BatchQueryReply> QueryBatchAsync(
        string collection, BatchQueryRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        string? token = request.Token ?? _tokens.Get(collection);
        (BatchQueryReply reply, _) = await _channel.SendAsync(
            new ApiCall(HttpMethod.Post, $"{Path(collection)}/query/batch", left => Serialize(request, token, left), IsRead: true),
            ApiJson.Default.BatchQueryReply,
            cancellationToken).ConfigureAwait(false);
        return reply;
    }

    /// <summary>Measures recall on live data: compares searches with an exact search over every stored vector.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="request">How.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>What was measured; takes minutes on large collections.</returns>
    public async Task<RecallReply> MeasureRecallAsync(string collection, RecallRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        ReadOnlyMemory<byte> body = ApiChannel.Serialize(request, ApiJson.Default.RecallRequest);
        (RecallReply reply, _) = await _channel.SendAsync(
            new ApiCall(HttpMethod.Post, $"{Path(collection)}/recall", _ => body), ApiJson.Default.RecallReply, cancellationToken)
            .ConfigureAwait(false);
        return reply;
    }

    /// <summary>Describes the cluster.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>Silos and collections.</returns>
    public Task<ClusterStatus> GetClusterAsync(CancellationToken cancellationToken = default) =>
        _channel.GetAsync("/v1/cluster", ApiJson.Default.ClusterStatus, cancellationToken);

    /// <inheritdoc/>
    public void Dispose() => _channel.Dispose();

    private static string Path(string collection) => $"/v1/collections/{Uri.EscapeDataString(collection)}";

    /// <summary>A read with a deadline of its own, of which each server is told what is left.</summary>
    private static ApiCall Read(string path, int timeoutMilliseconds, Func<int, ReadOnlyMemory<byte>> body) => new(
        HttpMethod.Post, path, left => body(Milliseconds(left)), TimeSpan.FromMilliseconds(timeoutMilliseconds), IsRead: true);

    // A batch has no deadline as a whole; each of its queries has.
    private static ReadOnlyMemory<byte> Serialize(BatchQueryRequest request, string? token, TimeSpan left)
    {
        BatchQueryRequest timed = request.Copy();
        timed.Token = token;
        timed.TimeoutMilliseconds = Math.Min(request.TimeoutMilliseconds, Milliseconds(left));
        return ApiChannel.Serialize(timed, ApiJson.Default.BatchQueryRequest);
    }

    private static int Milliseconds(TimeSpan time) => (int)Math.Max(1, time.TotalMilliseconds);
}
