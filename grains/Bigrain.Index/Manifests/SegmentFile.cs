namespace Bigrain.Index.Manifests;

/// <summary>One immutable file of a segment.</summary>
/// <param name="Name">File name inside the segment (<c>ids</c>, <c>docs</c>, <c>default.coarse</c>, <c>default.dense</c>).</param>
/// <param name="LengthBytes">Length in bytes.</param>
/// <param name="XxHash128">Hash of the whole file as 32 lowercase hex digits.</param>
public sealed record SegmentFile(string Name, long LengthBytes, string XxHash128);
