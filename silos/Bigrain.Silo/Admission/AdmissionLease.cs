using System.Threading.RateLimiting;

namespace Bigrain.Silo.Admission;

/// <summary>A request's turn: its place among the running queries and the bytes of its body.</summary>
internal sealed class AdmissionLease(RateLimitLease? query, RateLimitLease? body) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        body?.Dispose();
        query?.Dispose();
    }
}
