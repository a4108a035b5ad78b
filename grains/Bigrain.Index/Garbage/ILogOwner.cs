using Bigrain.Index.Log;

namespace Bigrain.Index.Garbage;

/// <summary>Asks the owner of a stream to shorten its log: nobody else may raise its floor.</summary>
public interface ILogOwner
{
    /// <summary>Raises the floor as far as the batch ids that the owner remembers allow, and deletes the entries below it.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="key">The stream.</param>
    /// <param name="floor">First sequence that a partition or a pin needs.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The floor as it is now.</returns>
    /// <exception cref="Errors.BigrainException">It is not possible now; nothing is lost by that.</exception>
    Task<long> TrimAsync(string collection, StreamKey key, long floor, CancellationToken cancellationToken);
}
