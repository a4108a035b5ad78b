using Bigrain.Index.Queries;
using Bigrain.Index.Segments;

namespace Bigrain.Index.Documents;

/// <summary>A row that is written only over a known version of its document.</summary>
/// <param name="Row">Row in its batch.</param>
/// <param name="Expected">Version that the stored document must have; <see cref="RowVersion.None"/>: there must be none.</param>
public readonly record struct WriteCondition(int Row, RowVersion Expected)
{
    /// <summary>Packs conditions.</summary>
    public static byte[] Encode(IReadOnlyCollection<WriteCondition> conditions)
    {
        ArgumentNullException.ThrowIfNull(conditions);
        var writer = new PackedWriter(4 + (conditions.Count * 16));
        writer.Write(conditions.Count);
        foreach (WriteCondition condition in conditions)
        {
            writer.Write(condition.Row);
            writer.Write(condition.Expected.Sequence);
            writer.Write(condition.Expected.Row);
        }

        return writer.ToArray();
    }

    /// <summary>Reads packed conditions.</summary>
    public static WriteCondition[] Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        var conditions = new WriteCondition[reader.ReadInt32()];
        for (int i = 0; i < conditions.Length; i++)
        {
            conditions[i] = new WriteCondition(reader.ReadInt32(), new RowVersion(reader.ReadInt64(), reader.ReadInt32()));
        }

        return conditions;
    }
}
