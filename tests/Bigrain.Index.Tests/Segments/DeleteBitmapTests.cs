using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Segments.Deletes;
using CsCheck;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class DeleteBitmapTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void It_behaves_as_a_set_and_survives_a_round_trip() =>
        Gen.Select(Gen.Int[1, 300], Gen.Int[0, 299].Array[0, 40].Array[0, 5]).Sample(
            (slotCount, batches) =>
            {
                var model = new HashSet<int>();
                DeleteBitmap bitmap = DeleteBitmap.AllAlive(slotCount);
                foreach (int[] batch in batches)
                {
                    int[] slots = batch.Select(slot => slot % slotCount).ToArray();
                    DeleteBitmap before = bitmap;
                    int deadBefore = before.DeadCount;
                    bitmap = bitmap.With(slots);
                    Assert.Equal(deadBefore, before.DeadCount);
                    model.UnionWith(slots);
                    Assert.Equal(model.Count, bitmap.DeadCount);
                }

                DeleteBitmap read = DeleteBitmap.FromBlob("del-1", bitmap.ToBlob(), slotCount);
                for (int slot = 0; slot < slotCount; slot++)
                {
                    Assert.Equal(model.Contains(slot), bitmap.IsDead(slot));
                    Assert.Equal(model.Contains(slot), read.IsDead(slot));
                }
            },
            seed: "0000KSNPd101",
            iter: 300);

    [Fact]
    public void Killing_the_dead_changes_nothing()
    {
        DeleteBitmap bitmap = DeleteBitmap.AllAlive(100).With([3, 99]);
        Assert.Same(bitmap, bitmap.With([99, 3, 3]));
        Assert.Same(bitmap, bitmap.With([]));
        Assert.Throws<ArgumentOutOfRangeException>(() => bitmap.With([100]));
    }

    [Fact]
    public async Task A_stored_bitmap_is_read_as_the_manifest_names_it()
    {
        using var fixture = new SegmentFixture();
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(70));
        Assert.Equal(0, (await DeleteBitmap.ReadAsync(fixture.Store, SegmentFixture.Location, descriptor, Token)).DeadCount);
        DeleteBitmap bitmap = DeleteBitmap.AllAlive(70).With([0, 63, 64, 69]);
        SegmentFile file = await bitmap.WriteAsync(fixture.Store, SegmentFixture.Location, 3, Token);
        Assert.Equal("del-3", file.Name);
        // Writing the same bitmap again under its name is what a retry does.
        Assert.Equal(file, await bitmap.WriteAsync(fixture.Store, SegmentFixture.Location, 3, Token));
        await Assert.ThrowsAsync<BlobStoreException>(
            async () => await bitmap.With([1]).WriteAsync(fixture.Store, SegmentFixture.Location, 3, Token));

        descriptor = descriptor with { DeletesFile = file, DeadCount = 4 };
        DeleteBitmap read = await DeleteBitmap.ReadAsync(fixture.Store, SegmentFixture.Location, descriptor, Token);
        Assert.Equal(bitmap.Words.ToArray(), read.Words.ToArray());
    }

    [Fact]
    public async Task Every_flipped_bit_of_a_stored_bitmap_is_refused()
    {
        using var fixture = new SegmentFixture();
        SegmentDescriptor descriptor = await fixture.WriteAsync(fixture.Documents(70));
        SegmentFile file = await DeleteBitmap.AllAlive(70).With([5, 66]).WriteAsync(fixture.Store, SegmentFixture.Location, 1, Token);
        descriptor = descriptor with { DeletesFile = file, DeadCount = 2 };
        string name = SegmentFixture.Location.Blob("del-1");
        for (int i = 0; i < file.LengthBytes; i++)
        {
            fixture.Store.FlipBit(name, i, i % 8);
            CorruptBlobException error = await Assert.ThrowsAsync<CorruptBlobException>(
                async () => await DeleteBitmap.ReadAsync(fixture.Store, SegmentFixture.Location, descriptor, Token));
            Assert.Equal(name, error.BlobName);
            fixture.Store.FlipBit(name, i, i % 8);
        }

        fixture.Store.Truncate(name, (int)file.LengthBytes - 1);
        await Assert.ThrowsAsync<CorruptBlobException>(
            async () => await DeleteBitmap.ReadAsync(fixture.Store, SegmentFixture.Location, descriptor, Token));
    }
}
