namespace Bigrain.Faults.Garbage;

/// <summary>Planted bugs of those who work beside garbage collection.</summary>
[Flags]
internal enum GarbageWorldFlaws
{
    None = 0,

    /// <summary>A rebuild does not read the manifests again after it has pinned what they name.</summary>
    TrustFirstPin = 1,
}
