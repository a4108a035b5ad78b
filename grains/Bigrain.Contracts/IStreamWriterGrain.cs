using Bigrain.Contracts.Streams;
using Orleans.Concurrency;

namespace Bigrain.Contracts;

/// <summary>The writer of one stream; the key is <c>{incarnation}/{s}</c>.</summary>
/// <remarks>Being the only activation is a hint, not a lock: the log's epoch fences an older writer.</remarks>
[Alias("bigrain.IStreamWriterGrain")]
public interface IStreamWriterGrain : IGrainWithStringKey
{
    /// <summary>Makes a batch durable and passes it on to the partitions that follow the stream.</summary>
    /// <param name="collection">Name of the collection, whose HEAD says which partitions follow.</param>
    /// <param name="batch">The validated rows of this stream, packed.</param>
    /// <param name="cancellationToken">Stops waiting; the batch may still become durable.</param>
    /// <returns>Where it is in the log.</returns>
    /// <exception cref="Faults.FaultException">Overloaded: a queue or a tail is full; Fenced: a newer writer exists; Unavailable: the store failed.</exception>
    [Alias("Write")]
    [AlwaysInterleave]
    [ResponseTimeout("00:01:00")]
    Task<WriteReply> WriteAsync(string collection, PackedBytes batch, CancellationToken cancellationToken);

    /// <summary>Makes a batch durable if every condition on its rows holds, whole or not at all.</summary>
    /// <param name="collection">Name of the collection, whose HEAD says which partitions follow.</param>
    /// <param name="batch">The validated rows of this stream, packed.</param>
    /// <param name="conditions">Packed conditions: rows with the version that their document must have.</param>
    /// <param name="cancellationToken">Stops waiting; the batch may still become durable.</param>
    /// <returns>Where it is in the log, or which rows kept it out.</returns>
    /// <exception cref="Faults.FaultException">As of <see cref="WriteAsync"/>; Unavailable: the versions cannot be read.</exception>
    [Alias("WriteIf")]
    [AlwaysInterleave]
    [ResponseTimeout("00:01:00")]
    Task<ConditionalWriteReply> WriteIfAsync(string collection, PackedBytes batch, PackedBytes conditions, CancellationToken cancellationToken);

    /// <summary>Raises the floor of the log and deletes the entries below it: only the owner of a stream may.</summary>
    /// <param name="floor">First sequence that a partition needs; what the writer remembers for batch ids stays as well.</param>
    /// <param name="cancellationToken">Stops waiting.</param>
    /// <returns>The floor as it is now.</returns>
    /// <exception cref="Faults.FaultException">Fenced: a newer writer exists; Unavailable: the store failed. Nothing is lost.</exception>
    [Alias("Trim")]
    [AlwaysInterleave]
    [ResponseTimeout("00:10:00")]
    Task<long> TrimAsync(long floor, CancellationToken cancellationToken);
}
