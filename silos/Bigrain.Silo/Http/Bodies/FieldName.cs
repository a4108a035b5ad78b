namespace Bigrain.Silo.Http.Bodies;

/// <summary>Wire name of a field, put together only when an error needs it.</summary>
/// <param name="Name">Name, or the member of a list's item; empty for the item itself.</param>
/// <param name="List">Name of the list; null when the field is in none.</param>
/// <param name="Row">Position in the list.</param>
internal readonly record struct FieldName(string Name, string? List = null, int Row = 0)
{
    public static implicit operator FieldName(string name) => new(name);

    /// <inheritdoc/>
    public override string ToString() => List is null ? Name
        : Name.Length == 0 ? FormattableString.Invariant($"{List}[{Row}]")
        : FormattableString.Invariant($"{List}[{Row}].{Name}");
}
