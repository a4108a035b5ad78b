using Bigrain.Api.Collections;

namespace Bigrain.Api.Status;

/// <summary>Answer of <c>GET /v1/cluster</c>.</summary>
public sealed class ClusterStatus
{
    /// <summary>The silos in order of name.</summary>
    public IReadOnlyList<SiloStatus> Silos { get; set; } = [];

    /// <summary>The collections in order of name.</summary>
    public IReadOnlyList<CollectionInfo> Collections { get; set; } = [];
}
