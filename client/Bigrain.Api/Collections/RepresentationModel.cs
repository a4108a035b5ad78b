namespace Bigrain.Api.Collections;

/// <summary>One representation of a collection's documents.</summary>
public sealed class RepresentationModel
{
    /// <summary>Name; <c>default</c> in the short form.</summary>
    public string? Name { get; set; }

    /// <summary><c>dense</c> or <c>sparse</c>.</summary>
    public string? Kind { get; set; }

    /// <summary>Elements of a vector, 1 to 16,384.</summary>
    public int? Dimension { get; set; }

    /// <summary><c>l2</c>, <c>cosine</c> or <c>dot</c>.</summary>
    public string? Metric { get; set; }

    /// <summary>Wish for the coarse code.</summary>
    public string? Codec { get; set; }

    /// <summary>Element type of the dense records: <c>fp32</c>, <c>fp16</c> or <c>int8</c>.</summary>
    public string? Dense { get; set; }

    /// <summary>Where the coarse codes come from.</summary>
    public CoarseModel? Coarse { get; set; }
}
