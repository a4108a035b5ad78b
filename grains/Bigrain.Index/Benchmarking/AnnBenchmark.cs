using System.Diagnostics;
using Bigrain.Index.Coarse;
using Bigrain.Index.Scheduling;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Benchmarking;

/// <summary>Measures the index library alone: one segment, no cluster, verification from memory.</summary>
/// <remarks>Processor time is that of the searching threads, so results hold on a busy machine; compare ratios of one run.</remarks>
public static class AnnBenchmark
{
    private const int FlatQueries = 40;

    /// <summary>Builds an index for each codec and leaf size and sweeps the settings.</summary>
    /// <param name="data">Vectors and queries.</param>
    /// <param name="settings">What to sweep.</param>
    /// <param name="report">Receives each line as soon as it is measured.</param>
    /// <param name="cancellationToken">Looked at between settings.</param>
    public static void Run(
        AnnBenchmarkData data,
        AnnBenchmarkSettings settings,
        Action<AnnBenchmarkLine> report,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(report);
        int dimension = data.Dimension;
        float[] queries = settings.QueryLimit > 0 && settings.QueryLimit < data.QueryCount
            ? data.Queries[..(settings.QueryLimit * dimension)]
            : data.Queries;
        int queryCount = queries.Length / dimension;
        using AlignedBuffer<float> rows = Copy(data);
        var flat = new FlatScan(rows, data.RowCount, dimension, data.Metric);
        CoarseQuery[] prepared = Prepare(queries, data, settings.K, 0);
        int[][] truth = Truth(data, flat, prepared, settings.K);
        double flatPerSecond = ReportFlat(data, flat, prepared, truth, settings, report, cancellationToken);
        foreach (int leafSize in settings.LeafSizes)
        {
            var options = new CoarseOptions { FlatBelow = 0, LeafSize = leafSize };
            double start = ThreadCpuClock.Seconds();
            LeafLayout layout = LeafBuilder.Build(new MemoryVectorSource(data.Rows, dimension), data.Metric, options, settings.Seed, cancellationToken);
            double leavesSeconds = ThreadCpuClock.Seconds() - start;
            int[] rowOfSlot = layout.RowOfSlot.ToArray();
            var slotSource = new MemoryVectorSource(data.Rows, dimension, rowOfSlot);
            using var slots = new AlignedBuffer<float>(rows.Length);
            for (int slot = 0; slot < rowOfSlot.Length; slot++)
            {
                slotSource.Read(slot, 1, slots.Slice((nint)slot * dimension, dimension));
            }

            foreach (CodecSpec wish in settings.Codecs)
            {
                cancellationToken.ThrowIfCancellationRequested();
                start = ThreadCpuClock.Seconds();
                using CoarseIndex index = Encode(slotSource, layout, data.Metric, wish, options, settings.Seed, cancellationToken);
                double build = leavesSeconds + ThreadCpuClock.Seconds() - start;
                var bench = new IndexBenchmark(index, slots, rowOfSlot, truth, settings, leafSize, build, flatPerSecond);
                foreach (int nprobe in settings.Nprobes)
                {
                    if (nprobe > index.LeafCount)
                    {
                        continue;
                    }

                    prepared = Prepare(queries, data, settings.K, nprobe);
                    bench.Run(prepared, nprobe, report, cancellationToken);
                }
            }
        }
    }

    internal static double Recall(IReadOnlyList<int[]> found, int[][] truth, int k)
    {
        int hits = 0;
        for (int i = 0; i < found.Count; i++)
        {
            hits += found[i].Intersect(truth[i].Take(k)).Count();
        }

        return hits / (double)((long)found.Count * k);
    }

    private static AlignedBuffer<float> Copy(AnnBenchmarkData data)
    {
        if (data.Metric == Metric.Cosine)
        {
            for (int i = 0; i < data.Rows.Length; i += data.Dimension)
            {
                RankDistance.Normalise(data.Rows.AsSpan(i, data.Dimension));
            }
        }

        var rows = new AlignedBuffer<float>(data.Rows.Length);
        data.Rows.CopyTo(rows.Span);
        return rows;
    }

    private static CoarseQuery[] Prepare(float[] queries, AnnBenchmarkData data, int k, int nprobe) =>
        [.. Enumerable.Range(0, queries.Length / data.Dimension)
            .Select(i => new CoarseQuery(queries.AsSpan(i * data.Dimension, data.Dimension), data.Metric, k, nprobe))];

    internal static int[][] Truth(AnnBenchmarkData data, FlatScan flat, CoarseQuery[] queries, int k)
    {
        if (data.TruthK >= k)
        {
            return [.. Enumerable.Range(0, queries.Length).Select(i => data.Truth.Span.Slice(i * data.TruthK, k).ToArray())];
        }

        var truth = new int[queries.Length][];
        const int Part = 1_000;
        for (int first = 0; first < queries.Length; first += Part)
        {
            CoarseQuery[] part = queries[first..Math.Min(queries.Length, first + Part)];
            Shortlist[] nearest = [.. part.Select(_ => new Shortlist(k, k))];
            flat.SearchMany(Concatenate(part), nearest);
            for (int i = 0; i < part.Length; i++)
            {
                nearest[i].Cut();
                truth[first + i] = nearest[i].Slots.ToArray();
            }
        }

        return truth;
    }

    private static float[] Concatenate(CoarseQuery[] queries)
    {
        int dimension = queries[0].Vector.Length;
        var values = new float[queries.Length * dimension];
        for (int i = 0; i < queries.Length; i++)
        {
            queries[i].Vector.CopyTo(values.AsSpan(i * dimension));
        }

        return values;
    }

    private static double ReportFlat(
        AnnBenchmarkData data,
        FlatScan flat,
        CoarseQuery[] queries,
        int[][] truth,
        AnnBenchmarkSettings settings,
        Action<AnnBenchmarkLine> report,
        CancellationToken cancellationToken)
    {
        double perSecond = 0;
        foreach (int batch in settings.Batches.Order())
        {
            cancellationToken.ThrowIfCancellationRequested();
            int count = Math.Min(queries.Length, batch == 1 ? FlatQueries : batch);
            CoarseQuery[] part = queries[..count];
            Shortlist[] nearest = [.. part.Select(_ => new Shortlist(settings.K, settings.K))];
            float[] vectors = Concatenate(part);
            double best = double.MaxValue;
            double bestWall = double.MaxValue;
            for (int repeat = 0; repeat < Math.Max(2, settings.Repeats); repeat++)
            {
                Array.ForEach(nearest, list => list.Reset(settings.K, settings.K));
                long wall = Stopwatch.GetTimestamp();
                double start = ThreadCpuClock.Seconds();
                if (batch == 1)
                {
                    for (int i = 0; i < count; i++)
                    {
                        flat.Search(part[i].Vector, nearest[i]);
                    }
                }
                else
                {
                    flat.SearchMany(vectors, nearest);
                }

                best = Math.Min(best, ThreadCpuClock.Seconds() - start);
                bestWall = Math.Min(bestWall, Stopwatch.GetElapsedTime(wall).TotalSeconds);
            }

            Array.ForEach(nearest, list => list.Cut());
            double rate = count / best;
            perSecond = perSecond == 0 ? rate : perSecond;
            double recall = Recall([.. nearest.Select(list => list.Slots.ToArray())], truth, settings.K);
            report(new AnnBenchmarkLine(
                "flat", 0, 0, 1, batch, recall, rate, count / bestWall, rate / perSecond, data.Dimension * sizeof(float), 0, 0, data.RowCount, 0, 0));
        }

        return perSecond;
    }

    private static CoarseIndex Encode(
        IVectorSource slots,
        LeafLayout layout,
        Metric metric,
        CodecSpec codec,
        CoarseOptions options,
        ulong seed,
        CancellationToken cancellationToken)
    {
        using var file = new MemoryStream();
        PqCodebooks? codebooks = codec.Kind == CodecKind.Pq
            ? PqTraining.Train(slots, layout, metric, codec, seed, cancellationToken)
            : null;
        CoarseWriter.Write(file, slots, layout, metric, codec, codebooks, seed, options, cancellationToken);
        file.Position = 0;
        return CoarseIndex.Load(file, "bench");
    }
}
