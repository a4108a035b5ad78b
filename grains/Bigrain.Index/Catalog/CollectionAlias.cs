namespace Bigrain.Index.Catalog;

/// <summary>Content of <c>aliases/{a}</c>: another name for a collection.</summary>
/// <param name="Alias">The other name.</param>
/// <param name="Collection">Name of the collection it stands for now.</param>
/// <param name="ChangedAt">When it was made to stand for that one.</param>
public sealed record CollectionAlias(string Alias, string Collection, DateTimeOffset ChangedAt);
