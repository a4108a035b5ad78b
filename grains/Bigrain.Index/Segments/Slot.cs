namespace Bigrain.Index.Segments;

/// <summary>Position of a document in its segment: the leaf order of the default representation.</summary>
/// <param name="Value">0 to slot count - 1.</param>
public readonly record struct Slot(int Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}
