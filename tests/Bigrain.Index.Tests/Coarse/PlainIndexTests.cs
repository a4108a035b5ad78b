using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Models;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;
using Bigrain.TestKit.Models;
using Xunit;

namespace Bigrain.Index.Tests.Coarse;

/// <summary>Codes of a trained model: what the scan finds is what decoding every code and multiplying finds.</summary>
public sealed class PlainIndexTests
{
    private const int Dimension = 23;
    private const int Count = 1_200;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(Metric.Cosine, 4, false)]
    [InlineData(Metric.Cosine, 8, true)]
    [InlineData(Metric.Dot, 4, true)]
    [InlineData(Metric.Dot, 8, false)]
    public void The_coarse_pass_gives_the_best_by_decode_then_dot(Metric metric, int bits, bool frozen)
    {
        float[] rows = ModelMaker.Gaussians(Count * Dimension, 11);
        ModelContent content = ModelMaker.Codes(rows, Dimension, metric, subspaces: 6, bits, seed: 12);
        if (frozen)
        {
            float[] moved = content.Codebooks.Centroids.ToArray();
            float[] noise = ModelMaker.Gaussians(moved.Length, 13);
            content = content with { ScoreCodebooks = new PqCodebooks([.. moved.Select((value, i) => value + (noise[i] / 20))], Dimension, 6, bits) };
        }

        LearnedTables tables = LearnedTables.Of(TrainedModel.Create(content));
        var options = new CoarseOptions { FlatBelow = 0, LeafSize = 90 };
        LeafLayout layout = LeafBuilder.Build(new MemoryVectorSource(rows, Dimension), metric, options, 3, Token);
        var slots = new MemoryVectorSource(rows, Dimension, layout.RowOfSlot.ToArray());
        using var file = new MemoryStream();
        Assert.Equal(tables.Codec, CoarseWriter.Write(file, slots, layout, metric, CodecSpec.Auto, tables, 9, options, Token));
        using CoarseIndex index = Load(file, tables);
        Assert.True(index.LeafCount > 5);
        Assert.Equal(0, index.Memory.FactorsBytes);
        Assert.Equal(file.Length - CoarseIndex.HeaderBytes - 16, index.MemoryBytes);

        ulong[] dead = new ulong[(Count / 64) + 1];
        dead[2] = 0xF0F0;
        for (ulong seed = 100; seed < 110; seed++)
        {
            float[] query = ModelMaker.Gaussians(Dimension, seed);
            double[] truth = Truth(content, slots, query, metric);
            var shortlist = new Shortlist(10, 60, 10, isBounded: false);
            var cost = default(SearchCost);
            index.Search(new CoarseQuery(query, metric, 10), 0, dead, shortlist, ref cost, Token);
            shortlist.Cut();
            Assert.Equal((60, Count), (shortlist.Count, (int)cost.CodesScanned));
            int[] best = [.. Enumerable.Range(0, Count).Where(slot => !IsDead(dead, slot)).OrderBy(slot => truth[slot]).Take(60)];
            double last = truth[best[^1]];
            for (int i = 0; i < shortlist.Count; i++)
            {
                Assert.Equal(truth[shortlist.Slots[i]], shortlist.Estimates[i], 1e-5 * Math.Max(1, Math.Abs(last) * Dimension));
                Assert.True(float.IsPositiveInfinity(shortlist.Errors[i]));
                Assert.True(truth[shortlist.Slots[i]] <= last + 1e-5 && !IsDead(dead, shortlist.Slots[i]));
            }
        }
    }

    [Fact]
    public void Codes_of_another_model_are_refused()
    {
        float[] rows = ModelMaker.Gaussians(300 * Dimension, 11);
        LearnedTables tables = LearnedTables.Of(TrainedModel.Create(ModelMaker.Codes(rows, Dimension, Metric.Dot, 6, 4, 12)));
        LearnedTables other = LearnedTables.Of(TrainedModel.Create(ModelMaker.Codes(rows, Dimension, Metric.Dot, 6, 4, 13)));
        var options = new CoarseOptions();
        LeafLayout layout = LeafBuilder.Build(new MemoryVectorSource(rows, Dimension), Metric.Dot, options, 3, Token);
        var slots = new MemoryVectorSource(rows, Dimension, layout.RowOfSlot.ToArray());
        using var file = new MemoryStream();
        CoarseWriter.Write(file, slots, layout, Metric.Dot, CodecSpec.Flat, tables, 9, options, Token);
        using (Load(file, tables))
        {
        }

        Assert.Throws<CorruptBlobException>(() => Load(file, other));
        Assert.Throws<CorruptBlobException>(() => Load(file, null));
    }

    private static double[] Truth(ModelContent content, MemoryVectorSource slots, float[] query, Metric metric)
    {
        float[] unit = [.. query];
        if (metric == Metric.Cosine)
        {
            RankDistance.Normalise(unit);
        }

        float[] turned = ModelMaker.Turn(content.Rotation, unit, transposed: false);
        PqCodebooks score = content.ScoreCodebooks ?? content.Codebooks;
        var truth = new double[slots.Count];
        var row = new float[Dimension];
        var codes = new byte[score.SubspaceCount];
        for (int slot = 0; slot < slots.Count; slot++)
        {
            slots.Read(slot, 1, row);
            if (metric == Metric.Cosine)
            {
                RankDistance.Normalise(row);
            }

            content.Codebooks.Encode(ModelMaker.Turn(content.Rotation, row, transposed: false), codes, new float[Dimension]);
            for (int i = 0; i < Dimension; i++)
            {
                int subspace = Enumerable.Range(0, score.SubspaceCount).Last(m => Dimension * m / score.SubspaceCount <= i);
                truth[slot] -= (double)turned[i] * score.Centroids[(i << score.Bits) + codes[subspace]];
            }
        }

        return truth;
    }

    private static bool IsDead(ulong[] dead, int slot) => ((dead[slot >> 6] >> (slot & 63)) & 1) != 0;

    private static CoarseIndex Load(MemoryStream file, LearnedTables? tables)
    {
        file.Position = 0;
        return CoarseIndex.Load(file, "c", tables);
    }
}
