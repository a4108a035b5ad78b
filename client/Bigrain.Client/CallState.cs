using System.Globalization;
using System.Net.Http.Headers;
using Bigrain.Api;
using Bigrain.Api.Problems;
using Polly;

namespace Bigrain.Client;

/// <summary>One call with all its tries: where it has been, what it was told, and how much time is left.</summary>
internal sealed class CallState(
    ApiCall call, HttpClient http, EndpointPool endpoints, BigrainClientOptions options, CancellationToken callerToken)
{
    /// <summary>Where the strategies of a pipeline find the call.</summary>
    public static readonly ResiliencePropertyKey<CallState> Key = new("bigrain.call");

    // The wait for a server begins a little before it is asked, and timers are coarse: one that another was asked for counts as late.
    private const double LateShare = 0.9;

    // What the way there and back takes of the time that a server is given.
    private const double ServerShare = 0.95;

    // A server that was given a time keeps it; this is for the way.
    private static readonly TimeSpan Slack = TimeSpan.FromMilliseconds(250);

    private readonly Lock _gate = new();
    private readonly List<Uri> _tried = [];
    private readonly Dictionary<Uri, long> _running = [];
    private readonly long _started = options.Clock.GetTimestamp();

    /// <summary>Whether the call changes nothing.</summary>
    public bool IsRead => call.IsRead;

    /// <summary>What went wrong last, in words.</summary>
    public string? LastFailure { get; private set; }

    /// <summary>The refusal that carried most of an answer; null when none did.</summary>
    public ApiProblem? BestPartial { get; private set; }

    /// <summary>Tries that ended at the server's own deadline.</summary>
    public int ServerTimeouts { get; private set; }

    /// <summary>Time left for the whole call.</summary>
    public TimeSpan Left => options.Timeout - options.Clock.GetElapsedTime(_started);

    /// <summary>How long one server may take before another is asked too.</summary>
    public TimeSpan LateAfter => (call.ServerTime < Left ? call.ServerTime.Value : Left) / 3;

    /// <summary>Whether there is a server worth asking at once.</summary>
    public bool HasFreshEndpoint
    {
        get
        {
            lock (_gate)
            {
                return endpoints.HasFresh(_tried);
            }
        }
    }

    /// <summary>Sends the call once.</summary>
    /// <exception cref="HttpRequestException">The server could not be reached, or broke off.</exception>
    /// <exception cref="TimeoutException">The server did not answer in its time.</exception>
    public async Task<ApiAnswer> TryAsync(CancellationToken cancellationToken)
    {
        TimeSpan left = Left;
        TimeSpan serverTime = call.ServerTime < left ? call.ServerTime.Value : left * ServerShare;
        TimeSpan limit = LimitOf(left, serverTime);
        Uri endpoint = TakeEndpoint();
        long began = options.Clock.GetTimestamp();
        using var timeout = new CancellationTokenSource(limit, options.Clock);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            ApiAnswer answer = await SendAsync(endpoint, serverTime, limit, linked.Token).ConfigureAwait(false);
            LeaveLate(endpoint);
            Take(endpoint, answer);
            return answer;
        }
        catch (OperationCanceledException) when (!callerToken.IsCancellationRequested)
        {
            TimeSpan waited = options.Clock.GetElapsedTime(began);
            if (timeout.IsCancellationRequested || IsLate(waited))
            {
                // Frozen, or overtaken by another.
                Fail(endpoint, FormattableString.Invariant($"no answer within {waited.TotalSeconds:0.#} s"));
            }

            if (timeout.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException(LastFailure);
            }

            throw;
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            Fail(endpoint, e.Message);
            throw e as HttpRequestException ?? new HttpRequestException(e.Message, e);
        }
        finally
        {
            lock (_gate)
            {
                _running.Remove(endpoint);
            }
        }
    }

    private bool IsLate(TimeSpan waited) => waited >= LateAfter * LateShare;

    private TimeSpan LimitOf(TimeSpan left, TimeSpan serverTime)
    {
        TimeSpan most = call switch
        {
            { ServerTime: not null } => serverTime + Slack,
            { IsRead: true } => left,

            // Safe to send again: a write carries its batch id, and what makes a job its key.
            _ when endpoints.Count > 1 || call.Body is not null || call.Key is not null => Min(options.Timeout / 3, options.TryTimeout),
            _ => left,
        };
        return Min(most, left > TimeSpan.Zero ? left : TimeSpan.Zero);
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private Uri TakeEndpoint()
    {
        lock (_gate)
        {
            Uri endpoint = endpoints.Take(_tried);
            _running[endpoint] = options.Clock.GetTimestamp();
            _tried.Add(endpoint);
            if (_tried.Count >= endpoints.Count)
            {
                // All were asked: the next round is open to all but this one.
                _tried.RemoveRange(0, _tried.Count - 1);
            }

            return endpoint;
        }
    }

    private async Task<ApiAnswer> SendAsync(Uri endpoint, TimeSpan serverTime, TimeSpan limit, CancellationToken cancellationToken)
    {
        using HttpRequestMessage request = new(call.Method, new Uri(endpoint, call.Path));
        request.Headers.Add(ApiHeaders.TimeoutMilliseconds, ((long)Math.Ceiling(limit.TotalMilliseconds)).ToString(CultureInfo.InvariantCulture));
        if (options.ApiKey is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        if (call.Key is { } name)
        {
            request.Headers.Add(ApiHeaders.IdempotencyKey, name);
        }

        if (call.Body is { } body)
        {
            request.Content = new ReadOnlyMemoryContent(body(serverTime));
            request.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(call.ContentType);
        }

        using HttpResponseMessage response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken)
            .ConfigureAwait(false);
        byte[] bytes = await response.Content.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return new ApiAnswer(
            response.StatusCode,
            bytes,
            response.IsSuccessStatusCode ? null : ProblemReader.Read(response, bytes),
            response.Headers.RetryAfter?.Delta);
    }

    /// <summary>Leaves alone, from the next call on, the servers that this one overtook: their own tries end only after this answer is out.</summary>
    private void LeaveLate(Uri answered)
    {
        lock (_gate)
        {
            foreach ((Uri endpoint, long since) in _running)
            {
                if (endpoint != answered && IsLate(options.Clock.GetElapsedTime(since)))
                {
                    endpoints.OnFailure(endpoint);
                }
            }
        }
    }

    private void Take(Uri endpoint, ApiAnswer answer)
    {
        lock (_gate)
        {
            if (answer.Problem is not null)
            {
                LastFailure = $"{endpoint.GetLeftPart(UriPartial.Authority)} answered {(int)answer.Status}";
                ServerTimeouts += answer.Status == System.Net.HttpStatusCode.GatewayTimeout ? 1 : 0;
            }

            if (answer.Problem?.Partial is { } partial
                && (BestPartial?.Partial is not { } best || partial.PartitionsAnswered > best.PartitionsAnswered))
            {
                BestPartial = answer.Problem;
            }
        }

        if (RetryRules.IsDown(answer))
        {
            endpoints.OnFailure(endpoint);
        }
        else
        {
            endpoints.OnSuccess(endpoint);
        }
    }

    private void Fail(Uri endpoint, string reason)
    {
        lock (_gate)
        {
            LastFailure = $"{endpoint.GetLeftPart(UriPartial.Authority)}: {reason}";
        }

        endpoints.OnFailure(endpoint);
    }
}
