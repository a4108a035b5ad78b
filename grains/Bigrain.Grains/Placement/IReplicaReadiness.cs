namespace Bigrain.Grains.Placement;

/// <summary>Whether everything that this silo should own can be queried on it.</summary>
/// <remarks>Thread safe and purely local: a probe asks it, so it neither waits nor calls anybody.</remarks>
public interface IReplicaReadiness
{
    /// <summary>Whether it can.</summary>
    bool IsReady { get; }

    /// <summary>Why not, in words for the body of a probe's answer; null when ready.</summary>
    string? Reason { get; }
}
