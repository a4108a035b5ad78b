using Bigrain.Contracts;
using Bigrain.Grains.Placement;
using Bigrain.Index.Catalog;
using Bigrain.Index.Schema;

namespace Bigrain.Grains.Collections;

/// <summary>Has every silo forget the HEAD of a life that ended, and unload its partitions.</summary>
/// <remarks>Who hears of the end may make the name anew at once, and ask or write through any silo.</remarks>
internal sealed class CollectionLives(CollectionDirectory directory, SiloMap silos, IGrainFactory grains, TimeProvider time) : ICollectionLives
{
    // A silo reads a HEAD again after a second at the latest, so one that does not answer knows by then, too.
    private static readonly TimeSpan HeardWithin = TimeSpan.FromSeconds(2);

    /// <inheritdoc/>
    public async Task EndAsync(string name, CollectionIncarnation ended, CancellationToken cancellationToken)
    {
        directory.Forget(name);
        Task told = Task.WhenAll(silos.LiveNames.Select(silo =>
            grains.GetGrain<IReplicaHostGrain>(silo).UnloadAsync(ended.Value, CancellationToken.None)));
        told.Ignore();
        await told.WaitAsync(HeardWithin, time, cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
    }
}
