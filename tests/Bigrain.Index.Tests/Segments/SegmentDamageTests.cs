using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Deletes;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Segments.Payloads;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class SegmentDamageTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool, DenseType> Files()
    {
        var files = new TheoryData<string, bool, DenseType>();
        foreach (string file in (string[])["ids", "docs", "default.dense", "default.coarse"])
        {
            files.Add(file, true, DenseType.Fp32);
            files.Add(file, false, DenseType.Int8);
        }

        return files;
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_flipped_bit_is_refused_by_name_or_never_read(string file, bool local, DenseType type)
    {
        using var fixture = new SegmentFixture(6, type, recordsAreLocal: local);
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(40));
        string name = SegmentFixture.Location.Blob(file);
        string whole = await DigestAsync(fixture, descriptor);
        var verifier = new SegmentVerifier(fixture.Access);
        long length = descriptor.Files.Single(entry => entry.Name == file).LengthBytes;
        int refused = 0;
        // Every byte of what is small; padding of a dense header is sampled.
        for (long i = 0; i < length; i += i is > 600 and < 4_000 ? 97 : 1)
        {
            fixture.Store.FlipBit(name, i, (int)(i % 8));
            try
            {
                Assert.Equal(whole, await DigestAsync(fixture, descriptor));
            }
            catch (CorruptBlobException error)
            {
                Assert.Equal(name, error.BlobName);
                refused++;
            }

            if (i % 41 == 0)
            {
                SegmentReport report = await verifier.VerifyAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token);
                Assert.False(report.IsWhole);
                Assert.All(report.Damage, damage => Assert.Equal(name, damage.BlobName));
            }

            fixture.Store.FlipBit(name, i, (int)(i % 8));
        }

        // What may stay unnoticed while reading is padding and the hash at the end of a file that is never read whole.
        Assert.True(refused > 0.3 * Math.Min(length, 2_000), $"{refused} of {length}");
        Assert.Equal(0, fixture.Budget.UsedBytes);
        Assert.Equal(0, fixture.Local.OpenCount);
        SegmentReport clean = await verifier.VerifyAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token);
        Assert.True(clean.IsWhole);
        Assert.Equal(4, clean.FilesChecked);
    }

    [Theory]
    [MemberData(nameof(Files))]
    public async Task A_truncated_or_missing_file_is_refused_by_name(string file, bool local, DenseType type)
    {
        using var fixture = new SegmentFixture(6, type, recordsAreLocal: local);
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(40));
        string name = SegmentFixture.Location.Blob(file);
        var verifier = new SegmentVerifier(fixture.Access);
        int length = (int)descriptor.Files.Single(entry => entry.Name == file).LengthBytes;
        foreach (int kept in (int[])[length - 1, length / 2, 127, 3, 0, -1])
        {
            if (kept < 0)
            {
                await fixture.Store.DeleteAsync(name, null, Token);
            }
            else
            {
                fixture.Store.Truncate(name, kept);
            }

            CorruptBlobException error = await Assert.ThrowsAsync<CorruptBlobException>(
                async () => await fixture.OpenAsync(descriptor));
            Assert.Equal(name, error.BlobName);
            SegmentReport report = await verifier.VerifyAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token);
            Assert.All(report.Damage, damage => Assert.Equal(name, damage.BlobName));
            Assert.False(report.IsWhole);
        }

        Assert.Equal(0, fixture.Budget.UsedBytes);
        Assert.Equal(0, fixture.Local.OpenCount);
    }

    [Fact]
    public async Task A_damaged_record_names_its_slot_and_leaves_the_others_readable()
    {
        using var fixture = new SegmentFixture(6, recordsAreLocal: false);
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(40));
        Segment segment = await fixture.OpenAsync(descriptor);
        string name = SegmentFixture.Location.Blob("default.dense");
        int stride = segment.Dense.Layout.StrideBytes;
        fixture.Store.FlipBit(name, 4_096 + (stride * 17) + 5, 2);

        var record = new byte[segment.Dense.Layout.RecordBytes];
        CorruptBlobException error = await Assert.ThrowsAsync<CorruptBlobException>(
            async () => await segment.Dense.ReadAsync(new[] { 17 }, record, Token));
        Assert.Equal(4_096 + (stride * 17), error.Offset);
        Assert.Contains("slot 17", error.Message, StringComparison.Ordinal);
        await segment.Dense.ReadAsync(new[] { 16 }, record, Token);
        await segment.Dense.ReadAsync(new[] { 18 }, record, Token);

        SegmentReport report = await new SegmentVerifier(fixture.Access).VerifyAsync(
            SegmentFixture.Location, descriptor, fixture.Schema, Token);
        Assert.Equal((name, 4_096L + (stride * 17)), report.Damage.Select(damage => (damage.BlobName, damage.Offset)).Single());
        segment.Release();
    }

    [Fact]
    public async Task A_record_in_the_place_of_another_is_refused()
    {
        using var fixture = new SegmentFixture(6, recordsAreLocal: false);
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(40));
        Segment segment = await fixture.OpenAsync(descriptor);
        int stride = segment.Dense.Layout.StrideBytes;
        string name = SegmentFixture.Location.Blob("default.dense");
        BlobContent content = (await fixture.Store.ReadAsync(name, Token))!;
        byte[] swapped = content.Bytes.ToArray();
        swapped.AsSpan(4_096, stride).CopyTo(swapped.AsSpan(4_096 + stride));
        Assert.NotNull(await fixture.Store.ReplaceAsync(name, content.Tag, swapped, Token));
        await Assert.ThrowsAsync<CorruptBlobException>(
            async () => await segment.Dense.ReadAsync(new[] { 1 }, new byte[stride], Token));
        segment.Release();
    }

    [Fact]
    public async Task A_damaged_page_leaves_its_payloads_null_and_the_others_readable()
    {
        using var fixture = new SegmentFixture(6, recordsAreLocal: false);
        TestDocument[] documents = fixture.Documents(2_000);
        SegmentDescriptor descriptor = await fixture.WriteAsync(documents);
        Segment segment = await fixture.OpenAsync(descriptor);
        string name = SegmentFixture.Location.Blob("docs");
        fixture.Store.FlipBit(name, 200, 2);

        int[] slots = Enumerable.Range(0, 2_000).ToArray();
        PayloadBatch batch = await segment.Payloads.ReadAsync(slots, Token);
        CorruptBlobException error = Assert.IsType<CorruptBlobException>(batch.Failure);
        Assert.Equal(name, error.BlobName);
        int lost = batch.Payloads.Count(payload => payload is null);
        Assert.InRange(lost, 1, 500);
        Assert.True(batch.Payloads.Take(lost).All(payload => payload is null));
        segment.Release();
    }

    [Fact]
    public async Task A_damaged_delete_bitmap_is_reported()
    {
        using var fixture = new SegmentFixture();
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(40));
        SegmentFile file = await DeleteBitmap.AllAlive(40).With([1]).WriteAsync(fixture.Store, SegmentFixture.Location, 1, Token);
        descriptor = descriptor with { DeletesFile = file, DeadCount = 1 };
        var verifier = new SegmentVerifier(fixture.Access);
        Assert.True((await verifier.VerifyAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token)).IsWhole);
        fixture.Store.FlipBit(SegmentFixture.Location.Blob("del-1"), 20, 0);
        SegmentReport report = await verifier.VerifyAsync(SegmentFixture.Location, descriptor, fixture.Schema, Token);
        Assert.All(report.Damage, damage => Assert.Equal(SegmentFixture.Location.Blob("del-1"), damage.BlobName));
        Assert.False(report.IsWhole);
    }

    /// <summary>Opens the segment and reads everything that can be served from it.</summary>
    private static async Task<string> DigestAsync(SegmentFixture fixture, SegmentDescriptor descriptor)
    {
        Segment segment = await fixture.OpenAsync(descriptor);
        try
        {
            int[] slots = Enumerable.Range(0, segment.SlotCount).ToArray();
            var records = new byte[slots.Length * segment.Dense.Layout.RecordBytes];
            await segment.Dense.ReadAsync(slots, records, Token);
            var distances = new float[slots.Length];
            await segment.Dense.ScoreAsync(
                new DenseQuery(new float[segment.Dense.Layout.Dimension], Metric.L2), slots, distances, Token);
            PayloadBatch payloads = await segment.Payloads.ReadAsync(slots, Token);
            if (payloads.Failure is { } failure)
            {
                throw failure;
            }

            var digest = new System.IO.Hashing.XxHash128();
            digest.Append(records);
            foreach (int slot in slots)
            {
                digest.Append(segment.Ids.IdOf(slot));
                digest.Append(payloads.Payloads[slot]!.Value.Span);
                digest.Append(BitConverter.GetBytes(segment.Ids.ExpiresAtMilliseconds(slot)));
            }

            return Convert.ToHexString(digest.GetCurrentHash());
        }
        finally
        {
            segment.Release();
        }
    }
}
