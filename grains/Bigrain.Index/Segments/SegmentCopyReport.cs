namespace Bigrain.Index.Segments;

/// <summary>What a copy of a segment's documents did.</summary>
/// <param name="Copied">Documents copied.</param>
/// <param name="Dead">Dead slots left out.</param>
/// <param name="Expired">Expired documents left out.</param>
/// <param name="BytesRead">Bytes of records and payloads read.</param>
/// <param name="NextSlot">The first slot that was not looked at.</param>
public readonly record struct SegmentCopyReport(int Copied, int Dead, int Expired, long BytesRead, int NextSlot);
