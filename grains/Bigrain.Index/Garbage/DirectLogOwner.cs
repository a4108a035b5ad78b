using Bigrain.Index.Blobs;
using Bigrain.Index.Log;
using Bigrain.Index.Randomness;

namespace Bigrain.Index.Garbage;

/// <summary>Shortens logs without a cluster: takes each stream over for a moment.</summary>
/// <remarks>A writer of a running cluster is fenced by that and opens its stream again; nothing is lost.</remarks>
/// <param name="store">Where the logs are.</param>
/// <param name="time">Clock.</param>
/// <param name="random">Source of the owner's name.</param>
/// <param name="options">Settings of writers.</param>
public sealed class DirectLogOwner(IBlobStore store, TimeProvider time, IRandomSource random, LogWriterOptions options) : ILogOwner
{
    /// <inheritdoc/>
    public async Task<long> TrimAsync(string collection, StreamKey key, long floor, CancellationToken cancellationToken)
    {
        await using LogWriter writer = await LogWriter.OpenAsync(key, store, time, random, options, null, cancellationToken);
        return await new LogTrimmer(store, time, key, options.DedupeWindow).TrimAsync(writer, floor, cancellationToken);
    }
}
