using Bigrain.Index.Schema;

namespace Bigrain.Index.Catalog;

/// <summary>Tells the cluster of lives of collections that ended.</summary>
public interface ICollectionLives
{
    /// <summary>Returns when no silo that answers takes a life for the one that follows it, and acknowledges what would go with it.</summary>
    /// <param name="name">The name that it had.</param>
    /// <param name="ended">The life, which HEAD no longer names.</param>
    /// <param name="cancellationToken">Gives up; silos find out by themselves within a second.</param>
    Task EndAsync(string name, CollectionIncarnation ended, CancellationToken cancellationToken);
}
