using System.Text;
using Bigrain.Index.Documents;
using Bigrain.Index.Log;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Tests.Log;

internal static class Batches
{
    public static readonly StreamKey Key = new(new CollectionIncarnation("00112233445566778899aabbccddeeff"), 2);

    public static byte[] Upsert(string id, string? batchId, params float[] vector)
    {
        var builder = new LogBatchBuilder(1, batchId);
        byte[] utf8 = Encoding.UTF8.GetBytes(id);
        builder.AddUpsert(utf8, XxIdHash.Instance.Hash(utf8), vector, []);
        return builder.Build();
    }

    public static string IdOf(LogRow row) => Encoding.UTF8.GetString(row.Id.Span);

    public static IEnumerable<string> IdsOf(IEnumerable<LogEntry> entries) =>
        from entry in entries from batch in entry.Batches from row in Enumerable.Range(0, batch.RowCount) select IdOf(batch[row]);
}
