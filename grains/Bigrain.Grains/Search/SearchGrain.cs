using System.Reflection;
using Bigrain.Contracts;
using Bigrain.Grains.Partitions;
using Bigrain.Grains.Placement;
using Bigrain.Index.Catalog;
using Bigrain.Index.Memory;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Orleans.Dashboard;

namespace Bigrain.Grains.Search;

/// <summary>The search of one silo over the partitions it holds.</summary>
[NoProfiling]
[GrainType("bigrain.search")]
[SiloNamePlacement]
internal sealed class SearchGrain(
    PartitionHost host, PartitionKeeper keeper, MemoryBudget budget, ILocalSiloDetails silo, TimeProvider time) : Grain, ISearchGrain
{
    /// <inheritdoc/>
    public async Task<PackedBytes> SearchAsync(PackedBytes request, CancellationToken cancellationToken)
    {
        SearchRequest search = SearchRequest.Decode(request.Bytes);
        for (int i = 0; i < search.Partitions.Length; i++)
        {
            keeper.Touch(search.KeyAt(i));
        }

        return await WithinAsync(search.Budget, token => host.SearchAsync(request.Bytes, token), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<PackedBytes> VerifyAsync(PackedBytes request, CancellationToken cancellationToken) =>

        // Scoring is work for a processor: in a turn of this grain it would hold up every other query of the silo.
        WithinAsync(
            VerifyRequest.Decode(request.Bytes).Budget,
            token => Task.Run(() => host.VerifyAsync(request.Bytes, token), token),
            cancellationToken);

    /// <inheritdoc/>
    public Task<SiloInfo> DescribeAsync(CancellationToken cancellationToken) => Task.FromResult(new SiloInfo(
        silo.Name,
        keeper.LoadedCount,
        budget.UsedBytes,
        budget.LimitBytes,
        typeof(SearchGrain).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()?.InformationalVersion ?? "0")
    {
        ReaderVersion = CollectionCatalog.ReaderVersion,
    });

    /// <summary>Ends the work with the time that its sender gave it, also when the sender is gone and cannot end it.</summary>
    private async Task<PackedBytes> WithinAsync(
        TimeSpan left, Func<CancellationToken, Task<byte[]>> work, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(left > TimeSpan.Zero ? left : TimeSpan.Zero, time);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, deadline.Token);
        return new PackedBytes(GrainSearchTransport.RequireSendable(await work(linked.Token)));
    }
}
