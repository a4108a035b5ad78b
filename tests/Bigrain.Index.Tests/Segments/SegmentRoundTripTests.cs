using System.Text;
using Bigrain.Index.Coarse;
using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Segments.Payloads;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

public sealed class SegmentRoundTripTests
{
    public static TheoryData<DenseType, int, Metric, bool> Shapes()
    {
        var shapes = new TheoryData<DenseType, int, Metric, bool>();
        foreach (DenseType type in Enum.GetValues<DenseType>())
        {
            foreach (int dimension in (int[])[1, 3, 100, 784, 4_096])
            {
                shapes.Add(type, dimension, (Metric)(dimension % 3), dimension != 100);
            }
        }

        return shapes;
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Everything_that_was_added_is_found_again(DenseType type, int dimension, Metric metric, bool local)
    {
        using var fixture = new SegmentFixture(dimension, type, metric, local);
        TestDocument[] documents = fixture.Documents(dimension > 1_000 ? 60 : 500);
        SegmentDescriptor descriptor = await fixture.WriteAsync(documents);
        Segment segment = await fixture.OpenAsync(descriptor);

        Assert.Equal(documents.Length, segment.SlotCount);
        Assert.Equal(documents.Length, segment.Coarse.SlotCount);
        Assert.Equal("flat", descriptor.Codec);
        int[] slots = Enumerable.Range(0, documents.Length).ToArray();
        var records = new byte[slots.Length * segment.Dense.Layout.RecordBytes];
        DenseReadCost cost = await segment.Dense.ReadAsync(slots, records, TestContext.Current.CancellationToken);
        PayloadBatch payloads = await segment.Payloads.ReadAsync(slots, TestContext.Current.CancellationToken);
        Assert.Equal(documents.Length, cost.Records);
        Assert.InRange(cost.BytesRead, records.Length, long.MaxValue);
        Assert.Null(payloads.Failure);

        var seen = new HashSet<int>();
        var expected = new byte[segment.Dense.Layout.RecordBytes];
        foreach (TestDocument document in documents)
        {
            int slot = fixture.Find(segment, document.Id);
            Assert.True(seen.Add(slot));
            Assert.Equal(document.Id, Encoding.UTF8.GetString(segment.Ids.IdOf(slot)));
            Assert.Equal(document.Version, segment.Ids.VersionOf(slot));
            Assert.Equal(document.ExpiresAt, segment.Ids.ExpiresAtMilliseconds(slot));
            Assert.Equal(document.Payload ?? "", Encoding.UTF8.GetString(payloads.Payloads[slot]!.Value.Span));
            segment.Dense.Layout.Encode(document.Vector, expected);
            Assert.Equal(expected, records.AsSpan(slot * expected.Length, expected.Length).ToArray());
        }

        Assert.Equal(-1, fixture.Find(segment, "nobody"));
        segment.Release();
        Assert.Equal(0, fixture.Budget.UsedBytes);
        Assert.Equal(0, fixture.Local.OpenCount);
        Assert.Empty(Directory.GetFileSystemEntries(fixture.WorkDirectory));
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public async Task Exact_distances_are_those_of_the_stored_vectors(DenseType type, int dimension, Metric metric, bool local)
    {
        using var fixture = new SegmentFixture(dimension, type, metric, local);
        TestDocument[] documents = fixture.Documents(200);
        Segment segment = await fixture.OpenAsync(await fixture.WriteAsync(documents));
        float[] query = fixture.Documents(1, seed: 99)[0].Vector;
        int[] slots = Enumerable.Range(0, 200).Where(slot => slot % 3 != 1).ToArray();
        var distances = new float[slots.Length];
        await segment.Dense.ScoreAsync(new DenseQuery(query, metric), slots, distances, TestContext.Current.CancellationToken);

        var bySlot = documents.ToDictionary(document => fixture.Find(segment, document.Id));
        var record = new byte[segment.Dense.Layout.RecordBytes];
        var stored = new float[dimension];
        if (metric == Metric.Cosine)
        {
            RankDistance.Normalise(query);
        }

        for (int i = 0; i < slots.Length; i++)
        {
            segment.Dense.Layout.Encode(bySlot[slots[i]].Vector, record);
            segment.Dense.Layout.Decode(record, stored);
            if (metric == Metric.Cosine)
            {
                RankDistance.Normalise(stored);
            }

            float expected = RankDistance.Compute(metric, query, stored);
            float magnitude = query.Zip(stored, (x, y) => Math.Abs(x * y) + (x * x) + (y * y)).Sum();
            Assert.Equal(expected, distances[i], 1e-5f * Math.Max(1, magnitude));
        }

        segment.Release();
    }

    [Fact]
    public async Task Rows_beyond_the_memory_limit_go_through_the_work_directory_and_give_the_same_bytes()
    {
        using var small = new SegmentFixture();
        using var large = new SegmentFixture();
        small.Settings = small.Settings with { MemoryBytes = 0 };
        SegmentDescriptor spilled = await small.WriteAsync(small.Documents(60_000));
        SegmentDescriptor kept = await large.WriteAsync(large.Documents(60_000));
        Assert.Equal(kept.Files, spilled.Files);
        Assert.Empty(Directory.GetFileSystemEntries(small.WorkDirectory));
    }
}
