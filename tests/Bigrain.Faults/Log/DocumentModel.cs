using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Index.Log;

namespace Bigrain.Faults.Log;

/// <summary>What the documents should be: rows applied in order to a dictionary.</summary>
internal sealed class DocumentModel
{
    private readonly SortedDictionary<string, string> _documents = new(StringComparer.Ordinal);

    public void Apply(LogEntry entry)
    {
        foreach (LogBatch batch in entry.Batches)
        {
            foreach (LogRow row in batch)
            {
                string id = Encoding.UTF8.GetString(row.Id.Span);
                if (row.Kind == RowKind.Delete)
                {
                    _documents.Remove(id);
                }
                else
                {
                    row.TryGetVector(0, out ReadOnlyMemory<byte> vector);
                    ReadOnlySpan<float> values = MemoryMarshal.Cast<byte, float>(vector.Span);
                    _documents[id] = string.Create(CultureInfo.InvariantCulture, $"{values[0]}/{values[1]}");
                }
            }
        }
    }

    public override string ToString() => string.Join(' ', _documents.Select(d => $"{d.Key}={d.Value}"));
}
