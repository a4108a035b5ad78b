using Bigrain.Index.Blobs;
using Bigrain.Index.Log;
using Bigrain.Index.Schema;
using Xunit;

namespace Bigrain.Index.Tests.Log;

public sealed class LogEntryTests
{
    private const string Golden =
        "42474c4701000000e80000000000000002000000020000002a0000000000000003000000000000007b68e5cf8b010000e33b41a13f1589310e9dacb5"
        + "a1a4044142474254010001004800000001000000000000000000000030000000000001001f4e961eb632c6e600000000000000000000000008000000"
        + "0000803f00000040610000000000000042474254010001005000000001000000070000000000000062617463682d320030000000000001003f84d844"
        + "1c0b5a5700000000000000000000000008000000000040400000804062000000000000002c00ed882d557f18fa8ca32f4309be30";

    private static readonly DateTimeOffset At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123);

    [Fact]
    public void An_entry_comes_back_as_it_was_made()
    {
        LogEntry entry = LogEntry.Parse(Batches.Key, 42, "wal/42", Sample().Bytes);

        Assert.Equal((2, 42L, 3L, false, At), (entry.Stream, entry.Sequence, entry.Epoch, entry.IsFence, entry.WrittenAt));
        Assert.Equal(["a", "b"], Batches.IdsOf([entry]));
        Assert.Equal("batch-2", entry.Batches[1].BatchId);
        LogEntry fence = LogEntry.Create(Batches.Key, 7, 4, isFence: true, At, []);
        Assert.True(LogEntry.Parse(Batches.Key, 7, "wal/7", fence.Bytes).IsFence);
    }

    [Fact]
    public void The_bytes_of_version_1_stay_readable()
    {
        Assert.Equal(Golden, Convert.ToHexStringLower(Sample().Bytes.Span));
        Assert.Equal(["a", "b"], Batches.IdsOf([LogEntry.Parse(Batches.Key, 42, "wal/42", Convert.FromHexString(Golden))]));
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_refused_by_name()
    {
        byte[] sample = Sample().Bytes.ToArray();
        for (int bit = 0; bit < sample.Length * 8; bit++)
        {
            byte[] damaged = [.. sample];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal("wal/42", Assert.Throws<CorruptBlobException>(() => LogEntry.Parse(Batches.Key, 42, "wal/42", damaged)).BlobName);
        }

        for (int length = 0; length < sample.Length; length++)
        {
            Assert.Throws<CorruptBlobException>(() => LogEntry.Parse(Batches.Key, 42, "wal/42", sample.AsMemory(0, length)));
        }
    }

    [Fact]
    public void An_entry_in_the_wrong_place_is_refused()
    {
        ReadOnlyMemory<byte> bytes = Sample().Bytes;
        var otherLife = new CollectionIncarnation("ffeeddccbbaa99887766554433221100");
        Assert.Throws<CorruptBlobException>(() => LogEntry.Parse(Batches.Key, 43, "wal/43", bytes));
        Assert.Throws<CorruptBlobException>(() => LogEntry.Parse(Batches.Key with { Stream = 1 }, 42, "wal/42", bytes));
        Assert.Throws<CorruptBlobException>(() => LogEntry.Parse(Batches.Key with { Incarnation = otherLife }, 42, "wal/42", bytes));
    }


    private static LogEntry Sample() => LogEntry.Create(
        Batches.Key,
        42,
        3,
        isFence: false,
        At,
        [LogBatch.Parse(Batches.Upsert("a", null, 1, 2), "a"), LogBatch.Parse(Batches.Upsert("b", "batch-2", 3, 4), "b")]);
}
