namespace Bigrain.Api.Collections;

/// <summary>Answer of <c>GET /v1/collections</c>.</summary>
public sealed class CollectionList
{
    /// <summary>The collections in order of name.</summary>
    public IReadOnlyList<CollectionInfo> Collections { get; set; } = [];
}
