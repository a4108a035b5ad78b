using System.Collections.Immutable;
using System.Text;
using Bigrain.Index.Documents;
using Bigrain.Index.Segments;

namespace Bigrain.Index.Log;

/// <summary>Decides the conditions of one group of writes in order: each sees those before it, though none is in the log yet.</summary>
internal sealed class GroupConditions
{
    // What an earlier write of the group will have made has no version yet that anybody could know.
    private static readonly RowVersion NotKnownYet = new(long.MaxValue, 0);

    private readonly Dictionary<string, RowVersion> _versions = new(StringComparer.Ordinal);

    /// <summary>Starts a group.</summary>
    /// <param name="ids">Ids that have conditions.</param>
    /// <param name="versions">Their versions before the group.</param>
    public GroupConditions(IReadOnlyList<ReadOnlyMemory<byte>> ids, IReadOnlyList<RowVersion> versions)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(versions.Count, ids.Count, nameof(versions));
        for (int i = 0; i < ids.Count; i++)
        {
            _versions[KeyOf(ids[i])] = versions[i];
        }
    }

    /// <summary>Takes a write in if its conditions hold.</summary>
    /// <returns>Rows that do not, with the version that is there; empty when it was taken in.</returns>
    public ImmutableArray<WriteCondition> Accept(LogBatch batch, ImmutableArray<WriteCondition> conditions)
    {
        Dictionary<int, RowVersion> expected = conditions.ToDictionary(condition => condition.Row, condition => condition.Expected);
        var conflicts = ImmutableArray.CreateBuilder<WriteCondition>();
        var changed = new Dictionary<string, RowVersion>(StringComparer.Ordinal);
        for (int row = 0; row < batch.RowCount; row++)
        {
            string id = KeyOf(batch[row].Id);
            if (!_versions.TryGetValue(id, out RowVersion current))
            {
                // Nobody in this group asks for it.
                continue;
            }

            current = changed.GetValueOrDefault(id, current);
            if (expected.TryGetValue(row, out RowVersion wanted) && wanted != current)
            {
                conflicts.Add(new WriteCondition(row, current));
            }

            changed[id] = batch[row].Kind == RowKind.Delete ? RowVersion.None : NotKnownYet;
        }

        if (conflicts.Count == 0)
        {
            foreach ((string id, RowVersion version) in changed)
            {
                _versions[id] = version;
            }
        }

        return conflicts.ToImmutable();
    }

    private static string KeyOf(ReadOnlyMemory<byte> id) => Encoding.UTF8.GetString(id.Span);
}
