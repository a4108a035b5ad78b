using System.Security.Cryptography;

namespace Bigrain.Client;

/// <summary>Settings of a <see cref="BigrainClient"/>.</summary>
public sealed class BigrainClientOptions
{
    /// <summary>Where a server listens unless told otherwise.</summary>
    public static readonly Uri DefaultEndpoint = new("http://127.0.0.1:8080");

    /// <summary>Servers, tried in turn within the deadline. Default <see cref="DefaultEndpoint"/>.</summary>
    public IReadOnlyList<Uri> Endpoints { get; init; } = [DefaultEndpoint];

    /// <summary>API key, sent as a bearer token; null sends none.</summary>
    public string? ApiKey { get; init; }

    /// <summary>Deadline of one call, retries and waits between them included. Default 30 s. A longer one rides out a
    /// longer outage. A query's own <c>timeoutMilliseconds</c> bounds each of its tries within it.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Time for one try of a write or an administrative call, where that is less than a third of
    /// <see cref="Timeout"/>. Default 15 s. A frozen server costs so much before the next one is asked; lower than the server
    /// needs for a large write only makes more work.</summary>
    public TimeSpan TryTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How often a call is sent again at most, within the deadline. Default 20: the deadline is the limit that counts.</summary>
    public int MaxRetries { get; init; } = 20;

    /// <summary>How long an endpoint that failed is left alone before one call tries it again. Default 3 s. Longer saves
    /// failed tries, and leaves a server that is back unused for longer.</summary>
    public TimeSpan EndpointPause { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Retries that servers under stress are sent, in percent of all calls; calls that reached no server are not
    /// counted. Default 10. More finds an answer more often and makes an overload last longer.</summary>
    public double RetryPercent { get; init; } = 10;

    /// <summary>Retries that may follow one another before <see cref="RetryPercent"/> counts. Default 100.</summary>
    public int RetryBurst { get; init; } = 100;

    /// <summary>Names writes and what makes jobs, so that sending one again does nothing twice. Default 128 random bits. A name must
    /// never come again: 1 to 128 printable ASCII characters.</summary>
    public Func<string> NewId { get; init; } = static () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));

    /// <summary>Clock of the waits between retries. Default the system's.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Reads a comma-separated list of endpoints, as in <c>BIGRAIN_ENDPOINT</c>.</summary>
    /// <param name="text">The list; a missing scheme is http.</param>
    /// <returns>The endpoints.</returns>
    /// <exception cref="FormatException">An entry is no address, or there is none.</exception>
    public static IReadOnlyList<Uri> ParseEndpoints(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        List<Uri> endpoints = [];
        foreach (string entry in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            string full = entry.Contains("://", StringComparison.Ordinal) ? entry : $"http://{entry}";
            if (!Uri.TryCreate(full, UriKind.Absolute, out Uri? endpoint) || endpoint.Scheme is not ("http" or "https"))
            {
                throw new FormatException($"'{entry}' is not an address; write it as http://HOST:PORT");
            }

            endpoints.Add(endpoint);
        }

        return endpoints.Count > 0 ? endpoints : throw new FormatException("no endpoint is given; write it as http://HOST:PORT");
    }
}
