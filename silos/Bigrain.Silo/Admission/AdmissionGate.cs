using System.Threading.RateLimiting;
using Bigrain.Index.Memory;
using Bigrain.Index.Schema;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Admission;

/// <summary>Bounds what a silo works on at once: running queries by number, bodies by bytes. Oldest first; a full queue refuses at once.</summary>
/// <remarks>Thread safe.</remarks>
internal sealed class AdmissionGate : IDisposable
{
    // Bodies are counted in these; a smaller one is not counted, as the number of queries bounds those.
    private const int BytesPerPermit = 64 * 1024;

    // A body lives beside what is decoded from it.
    private const int Copies = 2;

    // A stream of batches has no length; this is what its batches usually have.
    private const long UnknownBytes = Limits.MaxRequestBytes;

    private const int QueriesPerProcessor = 16;

    // One part in so many of what the last query took goes into the mean.
    private const int Smoothing = 16;

    private readonly ConcurrencyLimiter _queries;
    private readonly ConcurrencyLimiter _bodies;
    private readonly int _queryPlaces;
    private readonly int _bodyPermits;
    private readonly Lock _gate = new();
    private TimeSpan _meanTime;

    /// <summary>Makes an empty gate.</summary>
    public AdmissionGate(IOptions<AdmissionOptions> options, MemoryBudget budget, AdmissionInstruments instruments)
    {
        AdmissionOptions settings = options.Value;
        _queryPlaces = settings.ConcurrentQueries > 0 ? settings.ConcurrentQueries : QueriesPerProcessor * Environment.ProcessorCount;
        _bodyPermits = (int)Math.Clamp(budget.LimitBytes / 100 * settings.BodyPercent / BytesPerPermit, 1, int.MaxValue / 4);
        _queries = Limiter(_queryPlaces, settings.QueueLimit > 0 ? settings.QueueLimit : 2 * _queryPlaces);
        _bodies = Limiter(_bodyPermits, 2 * _bodyPermits);
        instruments.Watch(() => _queries.GetStatistics()?.CurrentQueuedCount ?? 0);
    }

    /// <summary>Waits for a turn.</summary>
    /// <param name="kind">What it is.</param>
    /// <param name="bodyBytes">Length of the body; null when it is not known.</param>
    /// <param name="patience">Longest wait: one that would not get its turn by then is refused now, not then.</param>
    /// <param name="cancellationToken">Gives up the place in the queue.</param>
    /// <returns>The turn, to be disposed when the request is done; null when the queue is full, or too long.</returns>
    public async ValueTask<AdmissionLease?> TryEnterAsync(Admitted kind, long? bodyBytes, TimeSpan patience, CancellationToken cancellationToken)
    {
        RateLimitLease? query = null;
        if (kind.Places > 0)
        {
            int places = Math.Min(kind.Places, _queryPlaces);
            query = _queries.AttemptAcquire(places);
            if (!query.IsAcquired)
            {
                query.Dispose();
                if (ExpectedWait(places) > patience)
                {
                    return null;
                }

                query = await _queries.AcquireAsync(places, cancellationToken);
            }

            if (!query.IsAcquired)
            {
                query.Dispose();
                return null;
            }
        }

        long bytes = (bodyBytes ?? UnknownBytes) * Copies;
        if (bytes <= BytesPerPermit)
        {
            return new AdmissionLease(query, null);
        }

        try
        {
            // One that alone is over the limit goes alone.
            RateLimitLease body = await _bodies.AcquireAsync((int)Math.Clamp(bytes / BytesPerPermit, 1, _bodyPermits), cancellationToken);
            if (body.IsAcquired)
            {
                return new AdmissionLease(query, body);
            }

            body.Dispose();
        }
        catch
        {
            query?.Dispose();
            throw;
        }

        query?.Dispose();
        return null;
    }

    /// <summary>Takes in how long a query took once it had its turn.</summary>
    public void OnDone(Admitted kind, TimeSpan duration)
    {
        if (kind.Places != 1)
        {
            return;
        }

        lock (_gate)
        {
            _meanTime = _meanTime == TimeSpan.Zero ? duration : _meanTime + ((duration - _meanTime) / Smoothing);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _queries.Dispose();
        _bodies.Dispose();
    }

    private TimeSpan ExpectedWait(int places)
    {
        long before = (_queries.GetStatistics()?.CurrentQueuedCount ?? 0) + places;
        lock (_gate)
        {
            return _meanTime * before / _queryPlaces;
        }
    }

    private static ConcurrencyLimiter Limiter(int permits, int queue) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = permits,
        QueueLimit = queue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });
}
