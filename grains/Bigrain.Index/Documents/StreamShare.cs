using System.Collections.Immutable;

namespace Bigrain.Index.Documents;

/// <summary>The rows of one write request that go to one stream.</summary>
/// <param name="Stream">Number of the stream.</param>
/// <param name="Batch">The rows as they travel and are stored; see <see cref="Log.LogBatch"/>.</param>
/// <param name="Rows">Their row numbers in the request, in order.</param>
public sealed record StreamShare(int Stream, byte[] Batch, ImmutableArray<int> Rows)
{
    /// <summary>Rows of the batch that are written only over a known version; one that does not hold keeps all of the share out.</summary>
    public ImmutableArray<WriteCondition> Conditions { get; init; } = [];
}
