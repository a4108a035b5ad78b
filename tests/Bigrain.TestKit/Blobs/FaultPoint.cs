namespace Bigrain.TestKit.Blobs;

/// <summary>A place in a run where a fault may strike.</summary>
/// <param name="Number">Counts from 1 over the life of the store; every operation has two, before and after.</param>
/// <param name="Operation"><c>read</c>, <c>range</c>, <c>stat</c>, <c>create</c>, <c>replace</c>, <c>delete</c> or <c>list</c>.</param>
/// <param name="BlobName">Name or prefix.</param>
/// <param name="IsAfter">Whether the operation has been done at the store but not answered yet.</param>
public sealed record FaultPoint(long Number, string Operation, string BlobName, bool IsAfter);
