using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bigrain.Api;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;

namespace Bigrain.Client;

/// <summary>Sends one call within its deadline and turns every failure into a <see cref="BigrainClientException"/>.</summary>
internal sealed class ApiChannel : IDisposable
{
    // Paths are relative; the endpoint handler puts the server in front of them at each attempt.
    private static readonly Uri AnyServer = new("http://bigrain.invalid");

    private readonly HttpClient _http;
    private readonly BigrainClientOptions _options;

    /// <summary>Makes a channel over the resilient handler.</summary>
    public ApiChannel(HttpMessageHandler handler, BigrainClientOptions options)
    {
        _options = options;
        _http = new HttpClient(handler) { BaseAddress = AnyServer, Timeout = System.Threading.Timeout.InfiniteTimeSpan };
        if (options.ApiKey is { } key)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }
    }

    /// <summary>Sends a call without body whose answer does not matter.</summary>
    public async Task SendAsync(HttpMethod method, string path, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(method, path);
        (HttpResponseMessage response, byte[] _) = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        response.Dispose();
    }

    /// <summary>Sends a call.</summary>
    /// <returns>The answer and its status.</returns>
    public async Task<(TReply Reply, HttpStatusCode Status)> SendAsync<TBody, TReply>(
        HttpMethod method,
        string path,
        TBody? body,
        JsonTypeInfo<TBody> bodyType,
        JsonTypeInfo<TReply> replyType,
        CancellationToken cancellationToken)
        where TBody : class
    {
        using HttpRequestMessage request = new(method, path);
        if (body is not null)
        {
            // Whole in memory, so that it can be sent again.
            ArrayBufferWriter<byte> buffer = new(4096);
            using Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { SkipValidation = true });
            JsonSerializer.Serialize(writer, body, bodyType);
            request.Content = new ReadOnlyMemoryContent(buffer.WrittenMemory);
            request.Content.Headers.ContentType = new MediaTypeHeaderValue(ApiMediaTypes.Json);
        }

        (HttpResponseMessage response, byte[] bytes) = await SendAsync(request, cancellationToken).ConfigureAwait(false);
        using (response)
        {
            return (Read(bytes, replyType, request), response.StatusCode);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<(HttpResponseMessage Response, byte[] Body)> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        using CancellationTokenSource deadline = new(_options.Timeout, _options.Clock);
        using CancellationTokenSource linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        try
        {
            HttpResponseMessage response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, linked.Token)
                .ConfigureAwait(false);
            byte[] body = await response.Content.ReadAsByteArrayAsync(linked.Token).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return (response, body);
            }

            using (response)
            {
                throw new BigrainClientException(ReadProblem(response, body));
            }
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            string reason = LastFailure(request) ?? "no answer came";
            throw NoServer($"no answer within {_options.Timeout.TotalSeconds:0.#} s ({reason}); raise the deadline or look at the server", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            string reason = LastFailure(request) ?? e.Message;
            throw NoServer($"cannot reach a server ({reason}); start one with 'bigrain serve', or name it with --endpoint or BIGRAIN_ENDPOINT", e);
        }
    }

    private static BigrainClientException NoServer(string detail, Exception inner) =>
        new(new ApiProblem { Type = ProblemTypes.Unavailable, Title = "unavailable", Detail = detail, Retryable = true }, inner);

    private static string? LastFailure(HttpRequestMessage request) =>
        request.Options.TryGetValue(EndpointHandler.LastFailure, out string? failure) ? failure : null;

    private static TReply Read<TReply>(byte[] body, JsonTypeInfo<TReply> type, HttpRequestMessage request)
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
                    Detail = $"{request.RequestUri} answered with something that is not a {typeof(TReply).Name}; is it a Bigrain server of this version?",
                },
                e);
        }
    }

    private static ApiProblem ReadProblem(HttpResponseMessage response, byte[] body)
    {
        int status = (int)response.StatusCode;
        try
        {
            if (JsonSerializer.Deserialize(body, ApiJson.Default.ApiProblem) is { Detail: not null } problem)
            {
                problem.Status = status;
                return problem;
            }
        }
        catch (JsonException)
        {
            // A proxy in between, or no Bigrain at all: the status alone has to do.
        }

        return new ApiProblem
        {
            Type = TypeOf(response.StatusCode),
            Title = response.ReasonPhrase,
            Status = status,
            Detail = $"{response.RequestMessage?.RequestUri} answered {status} {response.ReasonPhrase}",
            Retryable = RetryRules.IsRetryable(response.StatusCode),
        };
    }

    private static string TypeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.BadRequest => ProblemTypes.InvalidArgument,
        HttpStatusCode.Unauthorized => ProblemTypes.Unauthenticated,
        HttpStatusCode.Forbidden => ProblemTypes.Forbidden,
        HttpStatusCode.NotFound => ProblemTypes.NotFound,
        HttpStatusCode.Conflict => ProblemTypes.Conflict,
        HttpStatusCode.RequestEntityTooLarge => ProblemTypes.TooLarge,
        HttpStatusCode.TooManyRequests => ProblemTypes.Overloaded,
        HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway => ProblemTypes.Unavailable,
        HttpStatusCode.GatewayTimeout => ProblemTypes.DeadlineExceeded,
        _ => ProblemTypes.Internal,
    };
}
