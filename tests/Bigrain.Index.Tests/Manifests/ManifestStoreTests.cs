using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Manifests;

public sealed class ManifestStoreTests
{
    private const string Golden =
        """{"revision":1,"segments":[{"name":"s1","slotCount":10,"covers":[{"stream":0,"first":1,"last":4}],"files":[{"name":"ids","lengthBytes":77,"xxHash128":"00112233445566778899aabbccddeeff"}],"codec":"rabitq:2","deletesFile":null,"deadCount":0}],"floors":[5,1]}""";

    private readonly MemoryBlobStore _store = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_partition_without_a_manifest_is_empty_and_swaps_follow_each_other()
    {
        ManifestStore manifests = Manifests(_store);
        ManifestSnapshot empty = await manifests.ReadAsync(Cancel);
        Assert.Null(empty.Tag);
        Assert.Equal((0, 2), (empty.Manifest.Revision, empty.Manifest.Floors.Length));

        ManifestSnapshot first = (await manifests.TrySwapAsync(empty, First(), Cancel))!;
        Assert.Equal(first.Tag, (await manifests.ReadAsync(Cancel)).Tag);
        PartitionManifest deleted = First() with { Revision = 2, Segments = [WithDeletes(3, "del-1")] };
        Assert.NotNull(await manifests.TrySwapAsync(first, deleted, Cancel));
        Assert.Null(await manifests.TrySwapAsync(first, deleted, Cancel) is { } lost && lost.Tag == first.Tag ? lost : null);
        Assert.Null(await manifests.TrySwapAsync(empty, First() with { Floors = [7, 1] }, Cancel));
        Assert.Equal(2, (await manifests.ReadAsync(Cancel)).Manifest.Revision);
    }

    [Fact]
    public async Task The_bytes_of_version_1_stay_readable()
    {
        ManifestStore manifests = Manifests(_store);
        await manifests.TrySwapAsync(await manifests.ReadAsync(Cancel), First(), Cancel);
        BlobContent content = (await _store.ReadAsync(manifests.BlobName, Cancel))!;
        string golden = Golden[..^1] + $",\"of\":\"{manifests.BlobName}\"}}";
        Assert.Equal(golden, Encoding.UTF8.GetString(BlobEnvelope.Unwrap(BlobKind.Manifest, "m", content.Bytes, out _).Span));
    }

    [Fact]
    public async Task A_manifest_of_the_release_before_is_read_and_swapped()
    {
        ManifestStore manifests = Manifests(_store);
        await _store.CreateAsync(manifests.BlobName, BlobEnvelope.Wrap(BlobKind.Manifest, 1, Encoding.UTF8.GetBytes(Golden)), Cancel);

        ManifestSnapshot old = await manifests.ReadAsync(Cancel);

        Assert.Equal((1, 5), (old.Manifest.Revision, old.Manifest.Floors[0]));
        Assert.NotNull(await manifests.TrySwapAsync(old, old.Manifest with { Revision = 2 }, Cancel));
    }

    [Fact]
    public async Task A_manifest_in_the_place_of_another_is_refused()
    {
        ManifestStore manifests = Manifests(_store);
        await manifests.TrySwapAsync(await manifests.ReadAsync(Cancel), First(), Cancel);
        BlobContent content = (await _store.ReadAsync(manifests.BlobName, Cancel))!;
        string other = manifests.BlobName.Replace("/part/", "/part/9", StringComparison.Ordinal);
        await _store.DeleteAsync(manifests.BlobName, null, Cancel);
        string moved = Encoding.UTF8.GetString(BlobEnvelope.Unwrap(BlobKind.Manifest, "m", content.Bytes, out _).Span)
            .Replace(manifests.BlobName, other, StringComparison.Ordinal);
        await _store.CreateAsync(manifests.BlobName, BlobEnvelope.Wrap(BlobKind.Manifest, 1, Encoding.UTF8.GetBytes(moved)), Cancel);

        await Assert.ThrowsAsync<CorruptBlobException>(() => manifests.ReadAsync(Cancel));
    }

    [Fact]
    public async Task Of_two_competing_swaps_one_wins()
    {
        ManifestStore a = Manifests(_store), b = Manifests(_store);
        ManifestSnapshot seenByA = await a.ReadAsync(Cancel), seenByB = await b.ReadAsync(Cancel);
        Assert.NotNull(await a.TrySwapAsync(seenByA, First(), Cancel));
        Assert.Null(await b.TrySwapAsync(seenByB, First() with { Floors = [9, 9] }, Cancel));
        Assert.Equal([5, 1], (await b.ReadAsync(Cancel)).Manifest.Floors);
    }

    [Fact]
    public async Task A_lost_reply_is_settled()
    {
        ManifestStore manifests = Manifests(new FaultyBlobStore(_store, new SeededRandom(1), new FaultRates { LostReply = 1 }));
        ManifestSnapshot first = (await manifests.TrySwapAsync(await manifests.ReadAsync(Cancel), First(), Cancel))!;
        Assert.NotNull(await manifests.TrySwapAsync(first, First() with { Revision = 2, Floors = [6, 1] }, Cancel));
    }

    [Fact]
    public async Task A_crash_at_any_point_of_a_swap_leaves_the_old_or_the_new_manifest()
    {
        int points = 1;
        for (int point = 1; point <= points; point++)
        {
            var store = new MemoryBlobStore();
            ManifestStore direct = Manifests(store);
            ManifestSnapshot first = (await direct.TrySwapAsync(await direct.ReadAsync(Cancel), First(), Cancel))!;
            var process = new FaultyBlobStore(store, new SeededRandom(2), new FaultRates()) { CrashAtPoint = point };
            try
            {
                Assert.NotNull(await Manifests(process).TrySwapAsync(first, First() with { Revision = 2, Floors = [6, 1] }, Cancel));
            }
            catch (SimulatedCrashException)
            {
                points = point + 1;
            }

            Assert.InRange((await direct.ReadAsync(Cancel)).Manifest.Revision, point < points ? 1 : 2, 2);
        }

        Assert.Equal(3, points);
    }

    [Fact]
    public async Task A_swap_that_breaks_a_rule_writes_nothing()
    {
        ManifestStore manifests = Manifests(_store);
        ManifestSnapshot empty = await manifests.ReadAsync(Cancel);
        SegmentDescriptor segment = First().Segments[0];
        PartitionManifest[] badFirst =
        [
            First() with { Revision = 2 },
            First() with { Floors = [5] },
            First() with { Floors = [4, 1] },
            First() with { Floors = [5, 0] },
            First() with { Segments = [segment, segment] },
            First() with { Segments = [segment with { SlotCount = 0 }] },
            First() with { Segments = [segment with { DeadCount = 1 }] },
            First() with { Segments = [WithDeletes(11, "del-1")] },
            First() with { Segments = [segment with { Covers = [new StreamRange(2, 1, 1)] }] },
            First() with { Segments = [segment with { Covers = [new StreamRange(0, 3, 2)] }] },
        ];
        foreach (PartitionManifest bad in badFirst)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => manifests.TrySwapAsync(empty, bad, Cancel));
        }

        Assert.Empty(_store.Names);
        ManifestSnapshot first = (await manifests.TrySwapAsync(empty, First() with { Segments = [WithDeletes(3, "del-1")] }, Cancel))!;
        PartitionManifest[] badNext =
        [
            first.Manifest,
            first.Manifest with { Revision = 2, Floors = [5, 1], Segments = [WithDeletes(2, "del-2")] },
            first.Manifest with { Revision = 2, Segments = [WithDeletes(4, "del-1")] },
            first.Manifest with { Revision = 2, Segments = [WithDeletes(3, "del-1") with { SlotCount = 11 }] },
            first.Manifest with { Revision = 2, Floors = [4, 1], Segments = [] },
        ];
        foreach (PartitionManifest bad in badNext)
        {
            await Assert.ThrowsAsync<InvalidOperationException>(() => manifests.TrySwapAsync(first, bad, Cancel));
        }

        Assert.Equal(first.Tag, (await manifests.ReadAsync(Cancel)).Tag);
    }

    [Fact]
    public async Task Damage_is_named_and_never_served()
    {
        ManifestStore manifests = Manifests(_store);
        await manifests.TrySwapAsync(await manifests.ReadAsync(Cancel), First(), Cancel);
        foreach (int offset in (int[])[0, 4, 6, 8, 20, 100])
        {
            _store.FlipBit(manifests.BlobName, offset, 1);
            Assert.Equal(manifests.BlobName, (await Assert.ThrowsAsync<CorruptBlobException>(() => manifests.ReadAsync(Cancel))).BlobName);
            _store.FlipBit(manifests.BlobName, offset, 1);
        }

        Assert.Equal(1, (await manifests.ReadAsync(Cancel)).Manifest.Revision);
    }

    private static PartitionManifest First() => new(
        1,
        [new SegmentDescriptor("s1", 10, [new StreamRange(0, 1, 4)], [new SegmentFile("ids", 77, "00112233445566778899aabbccddeeff")], "rabitq:2", null, 0)],
        [5, 1]);

    private static SegmentDescriptor WithDeletes(int dead, string file) =>
        First().Segments[0] with { DeadCount = dead, DeletesFile = new SegmentFile(file, 20, "00112233445566778899aabbccddeeff") };

    private static ManifestStore Manifests(IBlobStore store) =>
        new(store, new InstantTime(), new CollectionIncarnation("00112233445566778899aabbccddeeff"), 1, 0, 2);
}
