using System.Buffers;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bigrain.Api;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;
using Polly;

namespace Bigrain.Client;

/// <summary>Sends one call within its deadline and turns every failure into a <see cref="BigrainClientException"/>.</summary>
internal sealed class ApiChannel : IDisposable
{
    private readonly HttpClient _http;
    private readonly BigrainClientOptions _options;
    private readonly EndpointPool _endpoints;
    private readonly RetryBudget _budget;
    private readonly ResiliencePipeline<ApiAnswer> _single;
    private readonly ResiliencePipeline<ApiAnswer> _raced;

    /// <summary>Makes a channel.</summary>
    public ApiChannel(HttpMessageHandler handler, BigrainClientOptions options)
    {
        _options = options;
        _http = new HttpClient(handler) { Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        _endpoints = new EndpointPool(options);
        _budget = new RetryBudget(options);
        _single = RetryRules.Build(options, _budget, hedged: false);
        _raced = RetryRules.Build(options, _budget, hedged: true);
    }

    /// <summary>Writes a body.</summary>
    public static ReadOnlyMemory<byte> Serialize<TBody>(TBody body, JsonTypeInfo<TBody> type)
    {
        ArrayBufferWriter<byte> buffer = new(4096);
        using Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { SkipValidation = true });
        JsonSerializer.Serialize(writer, body, type);
        return buffer.WrittenMemory;
    }

    /// <summary>A name that no other request has.</summary>
    public string NewId() => _options.NewId();

    /// <summary>Sends a request that makes a job, under a name of its own: however often it is sent, it makes one.</summary>
    /// <returns>The job.</returns>
    public async Task<JobInfo> StartJobAsync(
        string path, ReadOnlyMemory<byte>? body, CancellationToken cancellationToken, string contentType = ApiMediaTypes.Json)
    {
        ApiCall call = new(HttpMethod.Post, path, body is { } bytes ? _ => bytes : null, ContentType: contentType, Key: NewId());
        return (await SendAsync(call, ApiJson.Default.JobInfo, cancellationToken).ConfigureAwait(false)).Reply;
    }

    /// <summary>Reads what is at a path.</summary>
    public async Task<TReply> GetAsync<TReply>(string path, JsonTypeInfo<TReply> replyType, CancellationToken cancellationToken) =>
        (await SendAsync(new ApiCall(HttpMethod.Get, path, IsRead: true), replyType, cancellationToken).ConfigureAwait(false)).Reply;

    /// <summary>Sends a call whose answer has a body.</summary>
    /// <returns>The answer and its status.</returns>
    public async Task<(TReply Reply, HttpStatusCode Status)> SendAsync<TReply>(
        ApiCall call, JsonTypeInfo<TReply> replyType, CancellationToken cancellationToken)
    {
        ApiAnswer answer = await SendAsync(call, cancellationToken).ConfigureAwait(false);
        return (Read(answer.Body, replyType, call), answer.Status);
    }

    /// <summary>Sends a call.</summary>
    public async Task<ApiAnswer> SendAsync(ApiCall call, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(_options.Timeout, _options.Clock);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        CallState state = new(call, _http, _endpoints, _options, cancellationToken);
        _budget.AddCall();
        ResilienceContext context = ResilienceContextPool.Shared.Get(continueOnCapturedContext: false, linked.Token);
        context.Properties.Set(CallState.Key, state);
        try
        {
            ApiAnswer answer = await (call.IsRead && _endpoints.Count > 1 ? _raced : _single)
                .ExecuteAsync(static async (context, state) => await state.TryAsync(context.CancellationToken).ConfigureAwait(false), context, state)
                .ConfigureAwait(false);
            return answer.Problem is { } problem ? throw Refused(problem, state) : answer;
        }
        catch (Exception e) when (e is OperationCanceledException or TimeoutException && !cancellationToken.IsCancellationRequested)
        {
            throw state.BestPartial is { } partial
                ? new BigrainClientException(partial, e)
                : NoServer($"no answer within {_options.Timeout.TotalSeconds:0.#} s ({state.LastFailure ?? "no answer came"}); raise the deadline or look at the server", e);
        }
        catch (HttpRequestException e)
        {
            throw NoServer(
                $"cannot reach a server ({state.LastFailure ?? e.Message}); start one with 'bigrain serve', or name it with --endpoint or BIGRAIN_ENDPOINT", e);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>The refusal, with the largest part of an answer that any server gave.</summary>
    private static BigrainClientException Refused(ApiProblem problem, CallState state) =>
        new(problem.Retryable && state.BestPartial is { } partial ? partial : problem);

    private static BigrainClientException NoServer(string detail, Exception inner) =>
        new(new ApiProblem { Type = ProblemTypes.Unavailable, Title = "unavailable", Detail = detail, Retryable = true }, inner);

    private static TReply Read<TReply>(byte[] body, JsonTypeInfo<TReply> type, ApiCall call)
    {
        try
        {
            return JsonSerializer.Deserialize(body, type) ?? throw new JsonException("the answer is null");
        }
        catch (JsonException e)
        {
            throw new BigrainClientException(
                new ApiProblem
                {
                    Type = ProblemTypes.Internal,
                    Title = "unreadable answer",
                    Detail = $"{call.Path} was answered with something that is not a {typeof(TReply).Name}; is it a Bigrain server of this version?",
                },
                e);
        }
    }
}
