namespace Bigrain.Client;

/// <summary>The servers a client knows: calls go round those that serve; one that failed is left alone for a while, then one call tries it.</summary>
/// <remarks>Thread safe.</remarks>
internal sealed class EndpointPool
{
    private readonly Lock _gate = new();
    private readonly Endpoint[] _endpoints;
    private readonly TimeSpan _pause;
    private readonly TimeProvider _clock;
    private int _next;

    /// <summary>Makes a pool over at least one endpoint.</summary>
    public EndpointPool(BigrainClientOptions options)
    {
        _endpoints = [.. options.Endpoints.Distinct().Select(static address => new Endpoint(address))];
        _pause = options.EndpointPause;
        _clock = options.Clock;
    }

    /// <summary>How many there are.</summary>
    public int Count => _endpoints.Length;

    /// <summary>Chooses where to send the next try of a call.</summary>
    /// <param name="tried">Where the call has been; another one is preferred.</param>
    public Uri Take(IReadOnlyCollection<Uri> tried)
    {
        lock (_gate)
        {
            long now = _clock.GetTimestamp();
            Endpoint? best = null;
            for (int i = 0; i < _endpoints.Length; i++)
            {
                Endpoint endpoint = _endpoints[(_next + i) % _endpoints.Length];
                if (best is null || IsBetter(endpoint, best, tried, now))
                {
                    best = endpoint;
                }
            }

            _next = (Array.IndexOf(_endpoints, best) + 1) % _endpoints.Length;
            if (best!.PausedUntil != 0)
            {
                // This call finds out; the others wait for what comes of it.
                best.PausedUntil = now + PauseTicks;
            }

            return best.Address;
        }
    }

    /// <summary>Whether a call would be sent to a server that is not known to fail and that it has not been to.</summary>
    public bool HasFresh(IReadOnlyCollection<Uri> tried)
    {
        lock (_gate)
        {
            long now = _clock.GetTimestamp();
            return Array.Exists(_endpoints, endpoint => endpoint.PausedUntil <= now && !tried.Contains(endpoint.Address));
        }
    }

    /// <summary>Notes that an endpoint does not serve.</summary>
    public void OnFailure(Uri address)
    {
        lock (_gate)
        {
            Find(address).PausedUntil = _clock.GetTimestamp() + PauseTicks;
        }
    }

    /// <summary>Notes that an endpoint serves.</summary>
    public void OnSuccess(Uri address)
    {
        lock (_gate)
        {
            Find(address).PausedUntil = 0;
        }
    }

    private long PauseTicks => (long)(_pause.TotalSeconds * _clock.TimestampFrequency);

    private static bool IsBetter(Endpoint one, Endpoint other, IReadOnlyCollection<Uri> tried, long now)
    {
        bool onePaused = one.PausedUntil > now;
        bool otherPaused = other.PausedUntil > now;
        if (onePaused != otherPaused)
        {
            return otherPaused;
        }

        bool oneTried = tried.Contains(one.Address);
        bool otherTried = tried.Contains(other.Address);
        return oneTried != otherTried ? otherTried : onePaused && one.PausedUntil < other.PausedUntil;
    }

    private Endpoint Find(Uri address) => Array.Find(_endpoints, endpoint => endpoint.Address == address)!;

    private sealed class Endpoint(Uri address)
    {
        public Uri Address { get; } = address;

        public long PausedUntil { get; set; }
    }
}
