namespace Bigrain.Index.Queries;

/// <summary>Carries packed requests to the silos: one call per silo, never one per partition.</summary>
/// <remarks>Thread safe. Implementations throw what the call threw; the coordinator turns it into coverage.</remarks>
public interface ISearchTransport
{
    /// <summary>Runs the coarse pass of a <see cref="SearchRequest"/> on a silo.</summary>
    /// <returns>A packed <see cref="SearchReply"/>.</returns>
    Task<byte[]> SearchAsync(string silo, byte[] request, CancellationToken cancellationToken);

    /// <summary>Verifies the survivors of a <see cref="VerifyRequest"/> on a silo.</summary>
    /// <returns>A packed <see cref="VerifyReply"/>.</returns>
    Task<byte[]> VerifyAsync(string silo, byte[] request, CancellationToken cancellationToken);
}
