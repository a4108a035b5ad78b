namespace Bigrain.Index.Catalog;

/// <summary>Names the learned tables (codebooks) of a representation.</summary>
/// <param name="Generation">The generation in whose folder they are: a later one that shares its partitions shares its tables.</param>
/// <param name="LengthBytes">Length of the blob in bytes.</param>
/// <param name="XxHash128">Hash of the whole blob as 32 lowercase hex digits.</param>
public sealed record TablesReference(int Generation, long LengthBytes, string XxHash128);
