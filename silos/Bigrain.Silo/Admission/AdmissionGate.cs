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

    private readonly ConcurrencyLimiter _queries;
    private readonly ConcurrencyLimiter _bodies;
    private readonly int _queryPlaces;
    private readonly int _bodyPermits;

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
    /// <param name="cancellationToken">Gives up the place in the queue.</param>
    /// <returns>The turn, to be disposed when the request is done; null when the queue is full.</returns>
    public async ValueTask<AdmissionLease?> TryEnterAsync(Admitted kind, long? bodyBytes, CancellationToken cancellationToken)
    {
        RateLimitLease? query = null;
        if (kind.Places > 0)
        {
            query = await _queries.AcquireAsync(Math.Min(kind.Places, _queryPlaces), cancellationToken);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        _queries.Dispose();
        _bodies.Dispose();
    }

    private static ConcurrencyLimiter Limiter(int permits, int queue) => new(new ConcurrencyLimiterOptions
    {
        PermitLimit = permits,
        QueueLimit = queue,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });
}
