using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Deletes;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

/// <summary>Bytes of format version 1, kept: a reader of a later version must still read them.</summary>
public sealed class GoldenSegmentTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<DenseType> Types() => new(Enum.GetValues<DenseType>());

    [Theory]
    [MemberData(nameof(Types))]
    public async Task Version_1_is_written_byte_for_byte_and_read(DenseType type)
    {
        using var fixture = new SegmentFixture(3, type);
        TestDocument[] documents =
        [
            new("a", [1, -2, 0.5f], "{\"n\":1}", new RowVersion(7, 0), 0),
            new("b", [0, 0, 0], null, new RowVersion(7, 1), 1_700_000_000_000),
            new("ö-long", [1e-3f, 300, -4], "{}", new RowVersion(8, 0), 0),
        ];
        SegmentDescriptor descriptor = await fixture.WriteAsync(documents);
        SegmentFile deletes = await DeleteBitmap.AllAlive(3).With([1]).WriteAsync(fixture.Store, SegmentFixture.Location, 1, Token);
        string folder = Path.Combine(AppContext.BaseDirectory, "Segments", "Golden", type.ToString().ToLowerInvariant());
        // The coarse file has its own golden bytes.
        foreach (SegmentFile file in descriptor.Files.Add(deletes).Where(file => file.Name != "default.coarse"))
        {
            byte[] golden = await File.ReadAllBytesAsync(Path.Combine(folder, file.Name), Token);
            byte[] written = (await fixture.Store.ReadAsync(SegmentFixture.Location.Blob(file.Name), Token))!.Bytes.ToArray();
            Assert.True(golden.AsSpan().SequenceEqual(written), $"{file.Name} differs from version 1 at byte {golden.AsSpan().CommonPrefixLength(written)}");
        }

        Segment segment = await fixture.OpenAsync(descriptor);
        Assert.All(documents, document => Assert.True(fixture.Find(segment, document.Id) >= 0));
        segment.Release();
    }
}
