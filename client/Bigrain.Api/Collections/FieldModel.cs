namespace Bigrain.Api.Collections;

/// <summary>A payload field declared for filters.</summary>
public sealed class FieldModel
{
    /// <summary>Name in the payload.</summary>
    public string? Name { get; set; }

    /// <summary><c>keyword</c>, <c>int64</c>, <c>float64</c>, <c>bool</c> or <c>timestamp</c>.</summary>
    public string? Type { get; set; }
}
