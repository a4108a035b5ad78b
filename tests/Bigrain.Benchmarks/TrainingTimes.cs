using System.Diagnostics;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;
using Bigrain.Training.Quantisation;

namespace Bigrain.Benchmarks;

/// <summary>Times of stage S: the recipe on 20,000 x 256, a search of its codes, and encoding a million documents anew.</summary>
/// <remarks>One pass of each, by <c>dotnet run -c Release --project tests/Bigrain.Benchmarks -- training [documents]</c>. Documents are made in
/// chunks, and making them is not timed.</remarks>
public static class TrainingTimes
{
    private const int Dimension = 256;
    private const int ChunkRows = 50_000;
    private const int Clusters = 2_000;

    public static void Run(int documentCount, int threads)
    {
        var set = Set();
        // All epochs, whatever they bring: the time is that of the whole recipe.
        var options = new SparseOptions { Threads = threads, Patience = int.MaxValue };
        var watch = Stopwatch.StartNew();
        var start = OptimisedRotation.Train(set.Documents, options.Start, new SeededRandom(1), threads);
        Report("rotation and first codebooks", watch);
        var trainer = new SparseTrainer(set, options, start);
        Report("codes of step 0, negatives", watch);
        var result = trainer.Train();
        Report($"{result.History[^1].Epoch} epochs, {result.History[^1].Step} steps, {result.History.Count} evaluations", watch);
        Console.WriteLine(FormattableString.Invariant(
            $"  validation R@10 {result.History[0].Recall10:f4} before, {result.Best.Recall10:f4} at epoch {result.Best.Epoch}"));

        var index = new SparseIndex(result.Model, set.Documents, threads);
        var queries = set.Queries.Gather(set.Split.Validation);
        index.Search(queries, 1000);
        watch.Restart();
        index.Search(queries, 1000);
        Report($"{queries.Rows} queries over {set.Documents.Rows} codes, first 1,000 of each", watch);
        Encode(result.Model, documentCount, threads);
    }

    private static void Encode(SparseModel model, int documentCount, int threads)
    {
        using var encoder = new Encoder(model.Rotation, model.EncodeCodebooks);
        var (seconds, bytes, allocated) = (0.0, 0L, 0L);
        for (var first = 0; first < documentCount; first += ChunkRows)
        {
            var chunk = Documents((ulong)first, Math.Min(ChunkRows, documentCount - first));
            var before = GC.GetTotalAllocatedBytes(precise: true);
            var watch = Stopwatch.StartNew();
            bytes += encoder.Encode(chunk, threads).Values.Length;
            seconds += watch.Elapsed.TotalSeconds;
            allocated = Math.Max(allocated, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        using var process = Process.GetCurrentProcess();
        Console.WriteLine(FormattableString.Invariant(
            $"encoded {documentCount} x {Dimension} in {seconds:f2} s, {documentCount / seconds:f0} a second on {threads} threads, {bytes} bytes of codes"));
        Console.WriteLine(FormattableString.Invariant(
            $"  at most {allocated / 1024.0:f0} KiB allocated for {ChunkRows} documents; peak of the process {process.PeakWorkingSet64 >> 20} MiB"));
    }

    private static void Report(string what, Stopwatch watch)
    {
        Console.WriteLine(FormattableString.Invariant($"{what}: {watch.Elapsed.TotalSeconds:f2} s"));
        watch.Restart();
    }

    /// <summary>Documents in clusters; a query is a document seen through noise.</summary>
    private static TrainingSet Set()
    {
        const int QueryCount = 5_400;
        var documents = Documents(1, 20_000);
        var random = new SeededRandom(2);
        var queries = new Matrix(QueryCount, Dimension);
        var relevant = new int[QueryCount][];
        for (var query = 0; query < QueryCount; query++)
        {
            relevant[query] = [random.Next(documents.Rows)];
            var (source, target) = (relevant[query][0], query);
            for (var i = 0; i < Dimension; i++)
            {
                var noise = i % 2 == 0 ? 0.04 : 0.2;
                queries.Row(target)[i] = documents.Row(source)[i] + (float)(noise * random.Gaussian());
            }

            var row = queries.Row(query);
            Bigrain.Kernels.Distances.Norm.Normalize(row, row);
        }

        var order = Enumerable.Range(0, QueryCount).ToArray();
        var split = new QuerySplit(order[..4_000], order[4_000..4_400], order[4_400..]);
        return new TrainingSet("clusters", documents, queries, new Judgements(relevant), split, RankMetric.Cosine);
    }

    private static Matrix Documents(ulong seed, int count)
    {
        var random = new SeededRandom(seed);
        var documents = new Matrix(count, Dimension);
        for (var row = 0; row < count; row++)
        {
            var cluster = new SeededRandom(0xC0FFEE + (ulong)random.Next(Clusters));
            var vector = documents.Row(row);
            for (var i = 0; i < Dimension; i++)
            {
                // Uniform variates do: what counts is the number of rows and a spread that trains.
                vector[i] = (float)((cluster.Unit() - 0.5) + (0.8 * (random.Unit() - 0.5)));
            }

            Bigrain.Kernels.Distances.Norm.Normalize(vector, vector);
        }

        return documents;
    }
}
