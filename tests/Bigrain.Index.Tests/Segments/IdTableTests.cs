using System.Text;
using Bigrain.Index.Documents;
using Bigrain.Index.Segments;
using CsCheck;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class IdTableTests
{
    [Fact]
    public async Task Two_ids_with_one_hash_live_side_by_side()
    {
        using var fixture = new SegmentFixture { IdHash = new FewHashes(3) };
        TestDocument[] documents = fixture.Documents(50);
        Segment segment = await fixture.OpenAsync(await fixture.WriteAsync(documents));
        int[] slots = documents.Select(document => fixture.Find(segment, document.Id)).ToArray();
        Assert.Equal(Enumerable.Range(0, 50), slots.Order());
        Assert.All(documents, document =>
            Assert.Equal(document.Id, Encoding.UTF8.GetString(segment.Ids.IdOf(fixture.Find(segment, document.Id)))));
        Assert.Equal(-1, fixture.Find(segment, "another id of the same hash"));
        segment.Release();
    }

    [Fact]
    public async Task An_id_that_came_twice_is_refused()
    {
        using var fixture = new SegmentFixture { IdHash = new FewHashes(1) };
        TestDocument[] documents = fixture.Documents(10);
        ArgumentException error = await Assert.ThrowsAsync<ArgumentException>(
            () => fixture.WriteAsync(documents.Append(documents[4])));
        Assert.Contains(documents[4].Id, error.Message, StringComparison.Ordinal);
        Assert.Empty(fixture.Store.Names);
        Assert.Empty(Directory.GetFileSystemEntries(fixture.WorkDirectory));
    }

    [Fact]
    public async Task Ids_are_found_as_in_a_dictionary_whatever_the_hashes_are()
    {
        Gen<ulong> hash = Gen.OneOf(Gen.ULong, Gen.ULong[0, 20], Gen.ULong[ulong.MaxValue - 20, ulong.MaxValue]);
        Gen<(string Id, ulong Hash)[]> documents = Gen.Select(Gen.String[Gen.Char['a', 'c'], 1, 6], hash).Array[1, 200];
        await documents.SampleAsync(
            async entries =>
            {
                Dictionary<string, ulong> hashes = entries.DistinctBy(entry => entry.Id).ToDictionary(entry => entry.Id, entry => entry.Hash);
                using var fixture = new SegmentFixture(dimension: 1) { IdHash = new KnownHashes(hashes) };
                Segment segment = await fixture.OpenAsync(await fixture.WriteAsync(
                    hashes.Keys.Select((id, i) => new TestDocument(id, [i], null, new RowVersion(1, i), 0))));
                foreach (string id in hashes.Keys)
                {
                    Assert.Equal(id, Encoding.UTF8.GetString(segment.Ids.IdOf(fixture.Find(segment, id))));
                }

                for (ulong other = 0; other < 40; other++)
                {
                    Assert.Equal(-1, segment.Ids.Find(other - 20, "dddd"u8));
                }

                segment.Release();
            },
            seed: "0000KSNPd100",
            iter: 50,
            threads: 1);
    }

    private sealed class FewHashes(ulong count) : IIdHash
    {
        public ulong Hash(ReadOnlySpan<byte> id) => 77 + (XxIdHash.Instance.Hash(id) % count);
    }

    private sealed class KnownHashes(Dictionary<string, ulong> hashes) : IIdHash
    {
        public ulong Hash(ReadOnlySpan<byte> id) => hashes[Encoding.UTF8.GetString(id)];
    }
}
