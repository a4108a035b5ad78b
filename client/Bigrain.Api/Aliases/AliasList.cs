namespace Bigrain.Api.Aliases;

/// <summary>Answer of <c>GET /v1/aliases</c>.</summary>
public sealed class AliasList
{
    /// <summary>The aliases in order of name.</summary>
    public IReadOnlyList<AliasInfo> Aliases { get; set; } = [];
}
