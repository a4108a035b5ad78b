using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Log;
using Xunit;

namespace Bigrain.Index.Tests.Log;

public sealed class LogBatchTests
{
    private const string Golden =
        "4247425401000200b0000000030000000300000000000000622d31000000000038000000000101000b000000000000000068e5cf8b01000007000000"
        + "08000000040000000000803f000000c000004040617b2278223a317d28000000010002000c0000000000000000000000000000000000000000000000"
        + "000000006262000030000000000003000d000000000000000000000000000000000000000000000004000000000040406363630000000000";

    [Fact]
    public void Rows_come_back_as_they_were_added()
    {
        byte[] bytes = Sample();
        LogBatch batch = LogBatch.Parse(bytes, "sample");

        Assert.Equal("b-1", batch.BatchId);
        Assert.Equal(2, batch.RepresentationCount);
        Assert.Equal(3, batch.RowCount);
        LogRow first = batch[0];
        Assert.Equal((RowKind.Upsert, "a", 11UL, 1_700_000_000_000L), (first.Kind, Batches.IdOf(first), first.IdHash, first.ExpiresAt));
        Assert.Equal("""{"x":1}""", Encoding.UTF8.GetString(first.Payload.Span));
        Assert.True(first.TryGetVector(1, out ReadOnlyMemory<byte> second));
        Assert.Equal([3f], MemoryMarshal.Cast<byte, float>(second.Span).ToArray());
        LogRow delete = batch[1];
        Assert.Equal((RowKind.Delete, "bb", 12UL, null), (delete.Kind, Batches.IdOf(delete), delete.IdHash, delete.ExpiresAt));
        Assert.False(delete.TryGetVector(0, out _));
        Assert.True(delete.Payload.IsEmpty);
        Assert.False(batch[2].TryGetVector(0, out _));
        Assert.True(batch[2].TryGetVector(1, out _));
        int rows = 0;
        foreach (LogRow row in batch)
        {
            Assert.Equal(11UL + (ulong)rows++, row.IdHash);
        }
    }

    [Fact]
    public void The_bytes_of_version_1_stay_readable() => Assert.Equal(Golden, Convert.ToHexStringLower(Sample()));

    [Fact]
    public void Many_rows_grow_the_buffer_and_keep_their_bytes()
    {
        var builder = new LogBatchBuilder(1, null, 16);
        for (int i = 0; i < 2_000; i++)
        {
            builder.AddUpsert(Encoding.UTF8.GetBytes($"id-{i}"), (ulong)i, [i, -i, i * 0.5f], Encoding.UTF8.GetBytes($$"""{"i":{{i}}}"""));
        }

        LogBatch batch = LogBatch.Parse(builder.Build(), "test");
        Assert.Null(batch.BatchId);
        Assert.Equal(2_000, batch.RowCount);
        for (int i = 0; i < 2_000; i++)
        {
            Assert.Equal($"id-{i}", Batches.IdOf(batch[i]));
            Assert.True(batch[i].TryGetVector(0, out ReadOnlyMemory<byte> vector));
            Assert.Equal([i, -i, i * 0.5f], MemoryMarshal.Cast<byte, float>(vector.Span).ToArray());
        }

        Assert.Equal(Enumerable.Range(0, 2_000).Sum(i => $"id-{i}".Length + 12 + $$"""{"i":{{i}}}""".Length), builder.DecodedByteCount);
    }

    [Fact]
    public void Any_damage_is_refused_or_stays_in_bounds()
    {
        byte[] sample = Sample();
        for (int length = 0; length < sample.Length; length++)
        {
            Assert.Throws<CorruptBlobException>(() => LogBatch.Parse(sample.AsMemory(0, length), "cut"));
        }

        Assert.Throws<CorruptBlobException>(() => LogBatch.Parse((byte[])[.. sample, 0, 0, 0, 0, 0, 0, 0, 0], "long"));
        int refused = 0;
        for (int bit = 0; bit < sample.Length * 8; bit++)
        {
            byte[] damaged = [.. sample];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                Touch(LogBatch.Parse(damaged, "flipped"));
            }
            catch (CorruptBlobException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 200, sample.Length * 8);
    }


    private static byte[] Sample()
    {
        var builder = new LogBatchBuilder(2, "b-1");
        byte[] two = MemoryMarshal.AsBytes<float>([1f, -2f]).ToArray();
        byte[] one = MemoryMarshal.AsBytes<float>([3f]).ToArray();
        builder.AddUpsert("a"u8, 11, [two.AsMemory(), one.AsMemory()], """{"x":1}"""u8, 1_700_000_000_000);
        builder.AddDelete("bb"u8, 12);
        builder.AddUpsert("ccc"u8, 13, [default, one.AsMemory()], []);
        return builder.Build();
    }

    private static void Touch(LogBatch batch)
    {
        foreach (LogRow row in batch)
        {
            _ = row.Id.Length + row.Payload.Length + (row.ExpiresAt ?? 0);
            for (int r = 0; r < batch.RepresentationCount; r++)
            {
                row.TryGetVector(r, out _);
            }
        }
    }
}
