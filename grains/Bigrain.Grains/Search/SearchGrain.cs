using System.Reflection;
using Bigrain.Contracts;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Index.Memory;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;

namespace Bigrain.Grains.Search;

/// <summary>The search of one silo over the partitions it holds.</summary>
[GrainType("bigrain.search")]
[SiloNamePlacement]
internal sealed class SearchGrain(PartitionHost host, PartitionKeeper keeper, MemoryBudget budget, ILocalSiloDetails silo) : Grain, ISearchGrain
{
    /// <inheritdoc/>
    public async Task<PackedBytes> SearchAsync(PackedBytes request, CancellationToken cancellationToken)
    {
        SearchRequest search = SearchRequest.Decode(request.Bytes);
        foreach (int partition in search.Partitions)
        {
            keeper.Touch(search.KeyOf(partition));
        }

        return new PackedBytes(GrainSearchTransport.RequireSendable(await host.SearchAsync(request.Bytes, cancellationToken)));
    }

    /// <inheritdoc/>
    public async Task<PackedBytes> VerifyAsync(PackedBytes request, CancellationToken cancellationToken) =>

        // Scoring is work for a processor: in a turn of this grain it would hold up every other query of the silo.
        new(GrainSearchTransport.RequireSendable(await Task.Run(() => host.VerifyAsync(request.Bytes, cancellationToken), cancellationToken)));

    /// <inheritdoc/>
    public Task<SiloInfo> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(new SiloInfo(
        silo.Name,
        keeper.LoadedCount,
        budget.UsedBytes,
        budget.LimitBytes,
        typeof(SearchGrain).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0"));
}
