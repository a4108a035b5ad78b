namespace Bigrain.Api.Collections;

/// <summary>Where the coarse codes of a representation come from.</summary>
public sealed class CoarseModel
{
    /// <summary><c>self</c>, <c>prefix:M</c>, <c>head</c> or <c>representation:NAME</c>; default <c>self</c>.</summary>
    public string? Source { get; set; }
}
