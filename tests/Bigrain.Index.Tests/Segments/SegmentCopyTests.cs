using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Deletes;
using Bigrain.Index.Segments.Payloads;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class SegmentCopyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(DenseType.Fp32, true)]
    [InlineData(DenseType.Fp16, false)]
    [InlineData(DenseType.Int8, true)]
    public async Task A_merge_keeps_what_is_alive_bit_for_bit(DenseType type, bool local)
    {
        using var fixture = new SegmentFixture(24, type, recordsAreLocal: local);
        TestDocument[] documents = fixture.Documents(900);
        SegmentLocation first = SegmentFixture.Location;
        SegmentLocation second = first with { Name = "two" };
        SegmentLocation merged = first with { Name = "merged" };
        Segment one = await fixture.OpenAsync(await fixture.WriteAsync(documents[..500], first), first);
        Segment two = await fixture.OpenAsync(await fixture.WriteAsync(documents[500..], second), second);
        int[] dead = documents[..500].Where((_, i) => i % 5 == 0).Select(document => fixture.Find(one, document.Id)).ToArray();
        var now = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_000 + 300);

        using var writer = new SegmentWriter(fixture.Settings);
        SegmentCopyReport report = await SegmentCopy.RunAsync(
            one, DeleteBitmap.AllAlive(500).With(dead), writer, fixture.IdHash, now, Token);
        SegmentCopyReport other = await SegmentCopy.RunAsync(two, DeleteBitmap.AllAlive(400), writer, fixture.IdHash, now, Token);
        SegmentDescriptor descriptor = await writer.WriteAsync(fixture.Store, merged, [], Token);
        Segment result = await fixture.OpenAsync(descriptor, merged);

        TestDocument[] alive = documents
            .Where((document, i) => !(i < 500 && i % 5 == 0) && (document.ExpiresAt == 0 || document.ExpiresAt > now.ToUnixTimeMilliseconds()))
            .ToArray();
        Assert.Equal(alive.Length, result.SlotCount);
        Assert.Equal(alive.Length, report.Copied + other.Copied);
        Assert.Equal(100, report.Dead);
        Assert.Equal(900 - alive.Length - 100, report.Expired + other.Expired);
        Assert.True(report.Expired > 0);
        foreach (TestDocument document in alive)
        {
            int slot = fixture.Find(result, document.Id);
            Segment from = fixture.Find(one, document.Id) >= 0 ? one : two;
            Assert.Equal(await RecordAsync(from, fixture.Find(from, document.Id)), await RecordAsync(result, slot));
            Assert.Equal(document.Version, result.Ids.VersionOf(slot));
            Assert.Equal(document.ExpiresAt, result.Ids.ExpiresAtMilliseconds(slot));
            PayloadBatch payload = await result.Payloads.ReadAsync(new[] { slot }, Token);
            Assert.Equal(document.Payload ?? "", Encoding.UTF8.GetString(payload.Payloads[0]!.Value.Span));
        }

        one.Release();
        two.Release();
        result.Release();
        Assert.Equal(0, fixture.Budget.UsedBytes);
    }

    [Theory]
    [InlineData("default.dense")]
    [InlineData("docs")]
    public async Task A_merge_stops_at_damage(string file)
    {
        using var fixture = new SegmentFixture(24, recordsAreLocal: false);
        Segment segment = await fixture.OpenAsync(await fixture.WriteAsync(fixture.Documents(300)));
        fixture.Store.FlipBit(SegmentFixture.Location.Blob(file), 5_000, 3);
        using var writer = new SegmentWriter(fixture.Settings);
        CorruptBlobException error = await Assert.ThrowsAsync<CorruptBlobException>(() => SegmentCopy.RunAsync(
            segment, DeleteBitmap.AllAlive(300), writer, fixture.IdHash, DateTimeOffset.UnixEpoch, Token));
        Assert.Equal(SegmentFixture.Location.Blob(file), error.BlobName);
        segment.Release();
    }

    private static async Task<byte[]> RecordAsync(Segment segment, int slot)
    {
        var record = new byte[segment.Dense.Layout.RecordBytes];
        await segment.Dense.ReadAsync(new[] { slot }, record, Token);
        return record;
    }
}
