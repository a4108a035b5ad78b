namespace Bigrain.Index.Queries;

/// <summary>One document of an answer.</summary>
/// <param name="Id">Document id, UTF-8.</param>
/// <param name="RankDistance">Rank distance; smaller is closer.</param>
/// <param name="Verified">Whether the distance is exact.</param>
/// <param name="Payload">Payload as UTF-8 JSON; empty when the document has none or none was asked for.</param>
/// <param name="PayloadMissing">Whether the document has a payload that could not be read.</param>
public readonly record struct QueryHit(
    ReadOnlyMemory<byte> Id, float RankDistance, bool Verified, ReadOnlyMemory<byte> Payload, bool PayloadMissing);
