using Bigrain.Index.Log;
using Bigrain.TestKit.Blobs;

namespace Bigrain.Faults.Replicas;

/// <summary>One process that owns a stream, or believes so.</summary>
/// <param name="name">For messages.</param>
/// <param name="stream">The stream.</param>
/// <param name="store">Its view of the store.</param>
/// <param name="clock">Its clock.</param>
internal sealed class ReplicaWriter(string name, int stream, FaultyBlobStore store, ProcessClock clock)
{
    public string Name { get; } = name;

    public int Stream { get; } = stream;

    public FaultyBlobStore Store { get; } = store;

    public ProcessClock Clock { get; } = clock;

    /// <summary>Its writer, once it is open.</summary>
    public LogWriter? Writer { get; set; }

    /// <summary>What it does now; null for nothing.</summary>
    public Operation? Operation { get; set; }

    public bool IsOfUse => Writer is { IsFenced: false } && !Store.IsCrashed;
}
