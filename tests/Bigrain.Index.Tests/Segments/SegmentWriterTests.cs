using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class SegmentWriterTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_crash_at_any_step_leaves_only_blobs_that_nothing_names_and_no_work_files()
    {
        using var probe = new SegmentFixture();
        var counting = new FaultyBlobStore(probe.Store, new SeededRandom(1), new FaultRates());
        SegmentDescriptor whole = await probe.WriteAsync(probe.Documents(50), store: counting);
        Assert.True(counting.PointCount > 4);
        for (long point = 1; point <= counting.PointCount; point++)
        {
            using var fixture = new SegmentFixture();
            var crashing = new FaultyBlobStore(fixture.Store, new SeededRandom(1), new FaultRates()) { CrashAtPoint = point };
            await Assert.ThrowsAnyAsync<Exception>(() => fixture.WriteAsync(fixture.Documents(50), store: crashing));
            Assert.Empty(Directory.GetFileSystemEntries(fixture.WorkDirectory));
            // Another try takes another name; what the first one left does not matter.
            SegmentLocation next = SegmentFixture.Location with { Name = "two" };
            SegmentDescriptor again = await fixture.WriteAsync(fixture.Documents(50), next);
            Assert.Equal(whole.Files, again.Files);
            (await fixture.OpenAsync(again, next)).Release();
        }
    }

    [Fact]
    public async Task A_name_that_holds_other_content_is_refused()
    {
        using var fixture = new SegmentFixture();
        await fixture.WriteAsync(fixture.Documents(50));
        BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(() => fixture.WriteAsync(fixture.Documents(51)));
        Assert.Equal(BlobFailure.Permanent, error.Failure);
    }

    [Fact]
    public async Task A_create_that_succeeded_unseen_counts_as_success()
    {
        using var fixture = new SegmentFixture();
        SegmentDescriptor first = await fixture.WriteAsync(fixture.Documents(50));
        Assert.Equal(first.Files, (await fixture.WriteAsync(fixture.Documents(50))).Files);
    }

    [Fact]
    public async Task An_empty_segment_or_a_second_write_is_refused()
    {
        using var fixture = new SegmentFixture();
        await Assert.ThrowsAsync<InvalidOperationException>(() => fixture.WriteAsync([]));
        using var writer = new SegmentWriter(fixture.Settings);
        fixture.Add(writer, fixture.Documents(1)[0]);
        await writer.WriteAsync(fixture.Store, SegmentFixture.Location, [], Token);
        await Assert.ThrowsAsync<InvalidOperationException>(
            () => writer.WriteAsync(fixture.Store, SegmentFixture.Location, [], Token));
        Assert.Throws<InvalidOperationException>(() => fixture.Add(writer, fixture.Documents(2)[1]));
    }

    [Fact]
    public void Leftovers_of_a_process_that_died_are_deleted_and_nothing_else()
    {
        using var fixture = new SegmentFixture();
        SegmentWriter.DeleteLeftovers(fixture.WorkDirectory, DateTimeOffset.MaxValue);
        Directory.CreateDirectory(Path.Combine(fixture.WorkDirectory, "segment-abc", "deeper"));
        Directory.CreateDirectory(Path.Combine(fixture.WorkDirectory, "other"));
        SegmentWriter.DeleteLeftovers(fixture.WorkDirectory, DateTimeOffset.UnixEpoch);
        Assert.Equal(2, Directory.GetFileSystemEntries(fixture.WorkDirectory).Length);
        SegmentWriter.DeleteLeftovers(fixture.WorkDirectory, DateTimeOffset.MaxValue);
        Assert.Equal("other", Path.GetFileName(Assert.Single(Directory.GetFileSystemEntries(fixture.WorkDirectory))));
    }

    [Fact]
    public void A_full_disk_is_told_apart()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "no /dev/full here");
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        BlobStoreException error = Assert.Throws<BlobStoreException>(() => Index.Segments.Files.WorkFile.Write(full, new byte[10]));
        Assert.Equal(BlobFailure.Full, error.Failure);
    }

    [Theory]
    [InlineData(DenseType.Fp16)]
    [InlineData(DenseType.Int8)]
    public void Lossy_types_stay_within_their_error(DenseType type)
    {
        var layout = new Index.Segments.Dense.DenseRecordLayout(type, 5);
        var record = new byte[layout.RecordBytes];
        var decoded = new float[5];
        foreach (float[] vector in (float[][])[[1, -2, 3, 0.001f, 0], [0, 0, 0, 0, 0], [1e30f, -3e30f, 1, 0, 5], [1e-40f, 0, 2e-40f, 0, 0]])
        {
            layout.Encode(vector, record);
            layout.Decode(record, decoded);
            float largest = vector.Max(Math.Abs);
            for (int i = 0; i < vector.Length; i++)
            {
                float error = type == DenseType.Int8
                    ? Math.Max(largest / 254f * 1.01f, 1e-38f)
                    : Math.Max(Math.Abs(vector[i]) / 1024f, 1e-7f);
                float expected = type == DenseType.Fp16 ? Math.Clamp(vector[i], -65_504, 65_504) : vector[i];
                Assert.InRange(decoded[i], expected - error, expected + error);
            }
        }
    }
}
