using Bigrain.Contracts;
using Bigrain.Grains.Faults;
using Bigrain.Index.Garbage;
using Bigrain.Index.Log;

namespace Bigrain.Grains.Streams;

/// <summary>Asks the writer grain of a stream to shorten its log.</summary>
internal sealed class GrainLogOwner(IGrainFactory grains) : ILogOwner
{
    /// <inheritdoc/>
    public async Task<long> TrimAsync(string collection, StreamKey key, long floor, CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetGrain<IStreamWriterGrain>(key.ToString()).TrimAsync(floor, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw FaultTranslation.FromFault(error);
        }
    }
}
