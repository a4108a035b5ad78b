namespace Bigrain.Index.Schema;

/// <summary>A payload field declared for filters.</summary>
/// <param name="Name">Name in the payload.</param>
/// <param name="Type">Its type.</param>
public sealed record FieldSchema(string Name, FieldType Type);
