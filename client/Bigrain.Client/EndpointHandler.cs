namespace Bigrain.Client;

/// <summary>Sends each attempt to the endpoint in use and moves on to the next when it does not serve.</summary>
internal sealed class EndpointHandler : DelegatingHandler
{
    /// <summary>Where the last failure of a request is kept, for the message at the deadline.</summary>
    public static readonly HttpRequestOptionsKey<string> LastFailure = new("bigrain.last-failure");

    private readonly IReadOnlyList<Uri> _endpoints;
    private int _current;

    /// <summary>Makes a handler over at least one endpoint.</summary>
    public EndpointHandler(IReadOnlyList<Uri> endpoints, HttpMessageHandler inner)
        : base(inner) => _endpoints = endpoints;

    /// <inheritdoc/>
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        int current = Volatile.Read(ref _current);
        Uri endpoint = _endpoints[current];
        request.RequestUri = new Uri(endpoint, request.RequestUri!.PathAndQuery);
        try
        {
            HttpResponseMessage response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
            if (RetryRules.IsRetryable(response.StatusCode))
            {
                request.Options.Set(LastFailure, $"{endpoint.GetLeftPart(UriPartial.Authority)} answered {(int)response.StatusCode}");
            }

            if (RetryRules.IsDown(response.StatusCode))
            {
                MoveOn(current);
            }

            return response;
        }
        catch (HttpRequestException e)
        {
            request.Options.Set(LastFailure, $"{endpoint.GetLeftPart(UriPartial.Authority)}: {e.Message}");
            MoveOn(current);
            throw;
        }
    }

    private void MoveOn(int from) =>
        Interlocked.CompareExchange(ref _current, (from + 1) % _endpoints.Count, from);
}
