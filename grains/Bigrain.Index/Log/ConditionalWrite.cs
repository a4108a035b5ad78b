using System.Collections.Immutable;
using Bigrain.Index.Documents;

namespace Bigrain.Index.Log;

/// <summary>What became of a batch with conditions.</summary>
/// <param name="Sequence">Sequence of the entry that holds it; 0 when it was refused.</param>
/// <param name="Conflicts">Rows whose document has another version, with the version it has; empty when the batch was written.</param>
public sealed record ConditionalWrite(long Sequence, ImmutableArray<WriteCondition> Conflicts);
