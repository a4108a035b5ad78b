using Bigrain.Kernels.TopK;

namespace Bigrain.Kernels.Tests.TopK;

public sealed unsafe class SmallestValuesTests
{
    public static TheoryData<int, int> Shapes => new()
    {
        { 1, 1 }, { 10, 3 }, { 100, 7 }, { 127, 127 }, { 128, 20 }, { 1_000, 10 }, { 4_096, 64 }, { 4_097, 500 }, { 5_000, 4_999 },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void Collected_values_hold_the_smallest_ones(int count, int wanted)
    {
        var random = new Random(count);
        float[] values = [.. Enumerable.Range(0, count).Select(_ => random.NextSingle())];
        var places = new int[count];
        int found;
        fixed (float* list = values)
        {
            float limit = SmallestValues.Limit(list, count, wanted, new float[SmallestValues.MinimaCount(count) + count]);
            found = SmallestValues.Collect(list, count, limit, places);
        }

        Assert.InRange(found, wanted, count);
        HashSet<int> collected = [.. places[..found]];
        Assert.All(Enumerable.Range(0, count).OrderBy(i => values[i]).Take(wanted), place => Assert.Contains(place, collected));
    }

    [Fact]
    public void Order_finds_the_value_of_a_rank()
    {
        var random = new Random(1);
        float[] values = [.. Enumerable.Range(0, 501).Select(_ => (float)random.Next(40))];
        float[] sorted = [.. values.Order()];
        for (int rank = 1; rank <= values.Length; rank += 25)
        {
            Assert.Equal(sorted[rank - 1], SmallestValues.Order([.. values], rank));
        }
    }
}
