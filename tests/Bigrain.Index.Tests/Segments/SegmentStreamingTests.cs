using System.Text;
using Bigrain.Index.Coarse;
using Bigrain.Index.Documents;
using Bigrain.Index.Manifests;
using Bigrain.Index.Segments;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

[Collection(WholeProcessGroup.Name)]
public sealed class SegmentStreamingTests
{
    [Fact]
    public async Task Two_hundred_thousand_rows_are_written_within_a_fixed_amount_of_memory()
    {
        const int RowCount = 200_000;
        const int Dimension = 128;
        const long MostManagedBytes = 48L << 20;
        using var fixture = new SegmentFixture(Dimension);
        using var writer = new SegmentWriter(fixture.Settings with
        {
            MemoryBytes = 1 << 20,
            Coarse = new CoarseOptions { BuildBlockBytes = 4 << 20, TrainingPasses = 1, TrainingRowsPerLeaf = 4, LeafSize = 1_024 },
        });
        var random = new SeededRandom(5);
        var vector = new float[Dimension];
        GC.Collect();
        long before = GC.GetTotalMemory(forceFullCollection: true);
        long largest = 0;
        for (int i = 0; i < RowCount; i++)
        {
            vector[i % Dimension] = random.Next(1_000) / 500f;
            byte[] id = Encoding.UTF8.GetBytes(FormattableString.Invariant($"row-{i}"));
            var row = new SegmentRow { Id = id, IdHash = XxIdHash.Instance.Hash(id), Version = new RowVersion(1, i), Payload = "{\"a\":1}"u8 };
            writer.Add(row, vector);
            if (i % 20_000 == 0)
            {
                largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: true) - before);
            }
        }

        var store = new DiscardingBlobStore(() => largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: true) - before));
        SegmentDescriptor descriptor = await writer.WriteAsync(store, SegmentFixture.Location, [], TestContext.Current.CancellationToken);
        Assert.Equal(RowCount, descriptor.SlotCount);
        Assert.True(descriptor.Files.Sum(file => file.LengthBytes) > (long)RowCount * Dimension * sizeof(float));
        Assert.True(largest < MostManagedBytes, $"{largest} bytes held while writing {descriptor.Files.Sum(file => file.LengthBytes)}");
    }
}
