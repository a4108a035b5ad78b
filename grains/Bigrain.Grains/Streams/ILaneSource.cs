using Bigrain.Index.Log;

namespace Bigrain.Grains.Streams;

/// <summary>What a lane needs to know of its stream.</summary>
internal interface ILaneSource
{
    /// <summary>The stream.</summary>
    StreamKey Stream { get; }

    /// <summary>The writer's epoch and its last acknowledged sequence; null before it is open.</summary>
    (long Epoch, long LastSequence)? Position { get; }

    /// <summary>Which partitions of a silo follow the stream; null when none does.</summary>
    ValueTask<LaneAddress?> AddressAsync(string silo, CancellationToken cancellationToken);
}
