namespace Bigrain.Contracts;

/// <summary>A message in its packed form; only the layer that wrote it reads it.</summary>
/// <param name="Bytes">The bytes; nobody writes to them after the call was made.</param>
/// <remarks>Immutable, so that a call inside one silo copies nothing; bytes cross the wire as one block.</remarks>
[GenerateSerializer]
[Immutable]
[Alias("bigrain.PackedBytes")]
public sealed record PackedBytes([property: Id(0)] byte[] Bytes);
