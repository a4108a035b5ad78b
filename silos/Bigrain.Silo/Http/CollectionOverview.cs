using Bigrain.Contracts;
using Bigrain.Grains.Faults;
using Bigrain.Index.Catalog;
using Bigrain.Silo.Access;
using Microsoft.AspNetCore.Http;
using ApiCollectionInfo = Bigrain.Api.Collections.CollectionInfo;

namespace Bigrain.Silo.Http;

/// <summary>All collections with what is loaded of them; loads nothing.</summary>
internal sealed class CollectionOverview(CollectionCatalog catalog, IGrainFactory grains)
{
    /// <summary>Lists the collections that the sender of a request may see, in order of name.</summary>
    public async Task<IReadOnlyList<ApiCollectionInfo>> ListAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var collections = new List<ApiCollectionInfo>();
        await foreach (string name in catalog.ListNamesAsync(cancellationToken))
        {
            if (!AccessSetup.MaySee(context, name))
            {
                continue;
            }

            try
            {
                collections.Add(CollectionReplies.Of(
                    await grains.GetGrain<ICollectionGrain>(name).GetStatisticsAsync(load: false, cancellationToken)));
            }
            catch (Exception error) when (FaultTranslation.FromFault(error).Code == ErrorCode.NotFound)
            {
                // Dropped since it was listed.
            }
        }

        return collections;
    }
}
