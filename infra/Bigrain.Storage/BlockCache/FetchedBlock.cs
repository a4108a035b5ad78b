namespace Bigrain.Storage.BlockCache;

/// <summary>A block as the store gave it.</summary>
/// <param name="Bytes">Its bytes, empty beyond the end of the blob.</param>
/// <param name="Exists">False when there is no such blob.</param>
internal readonly record struct FetchedBlock(ReadOnlyMemory<byte> Bytes, bool Exists);
