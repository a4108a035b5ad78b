namespace Bigrain.TestKit.Blobs;

/// <summary>The simulated process died at this point; nothing above may handle it.</summary>
public sealed class SimulatedCrashException(FaultPoint point)
    : Exception($"simulated crash at point {point.Number}: {(point.IsAfter ? "after" : "before")} {point.Operation} '{point.BlobName}'")
{
    public FaultPoint Point { get; } = point;
}
