namespace Bigrain.Api.Aliases;

/// <summary>Another name for a collection.</summary>
public sealed class AliasInfo
{
    /// <summary>The other name.</summary>
    public string Alias { get; set; } = "";

    /// <summary>The collection it stands for.</summary>
    public string Collection { get; set; } = "";

    /// <summary>When it was made to stand for that one.</summary>
    public DateTimeOffset ChangedAt { get; set; }
}
