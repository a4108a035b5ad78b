using System.Text;
using Bigrain.Index.Log;

namespace Bigrain.Faults.Replicas;

/// <summary>What the documents of one stream are after each of its log entries.</summary>
internal sealed class StreamModel
{
    private readonly SortedDictionary<string, List<(long Sequence, string? Version, string Payload)>> _histories = new(StringComparer.Ordinal);

    /// <summary>Last entry.</summary>
    public long LastSequence { get; private set; }

    public void Apply(LogEntry entry)
    {
        LastSequence = entry.Sequence;
        foreach (LogBatch batch in entry.Batches)
        {
            for (int row = 0; row < batch.RowCount; row++)
            {
                string id = Encoding.UTF8.GetString(batch[row].Id.Span);
                if (!_histories.TryGetValue(id, out List<(long, string?, string)>? history))
                {
                    _histories.Add(id, history = []);
                }

                bool exists = batch[row].Kind == RowKind.Upsert;
                history.Add((
                    entry.Sequence,
                    exists ? FormattableString.Invariant($"{entry.Sequence}/{row}") : null,
                    Encoding.UTF8.GetString(batch[row].Payload.Span)));
            }
        }
    }

    /// <summary>The documents once an entry is applied.</summary>
    /// <param name="sequence">The entry.</param>
    /// <returns>Id, version (<c>sequence/row</c>) and payload of each.</returns>
    public IEnumerable<(string Id, string Version, string Payload)> DocumentsAt(long sequence)
    {
        foreach ((string id, List<(long Sequence, string? Version, string Payload)> history) in _histories)
        {
            int last = history.FindLastIndex(change => change.Sequence <= sequence);
            if (last >= 0 && history[last].Version is { } version)
            {
                yield return (id, version, history[last].Payload);
            }
        }
    }
}
