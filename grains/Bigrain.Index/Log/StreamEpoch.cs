using System.Text.Json.Serialization;

namespace Bigrain.Index.Log;

/// <summary>Content of a stream's EPOCH: who may append to its log.</summary>
/// <param name="Epoch">Grows by one with each owner, from 1.</param>
/// <param name="Owner">Random text of the owner: tells its own write from another's after a lost reply.</param>
/// <param name="Floor">First sequence that may still exist; entries below it may be deleted.</param>
public sealed record StreamEpoch(long Epoch, string Owner, long Floor)
{
    /// <summary>Name of its blob: an EPOCH in the place of another is refused. Null in those that an older release wrote.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Of { get; init; }
}
