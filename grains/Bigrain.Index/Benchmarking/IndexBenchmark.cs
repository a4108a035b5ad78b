using System.Diagnostics;
using Bigrain.Index.Coarse;
using Bigrain.Index.Scheduling;
using Bigrain.Kernels.Memory;

namespace Bigrain.Index.Benchmarking;

/// <summary>Measures one built index at every shortlist, batch and thread count of the settings.</summary>
internal sealed class IndexBenchmark(
    CoarseIndex index,
    AlignedBuffer<float> slots,
    int[] rowOfSlot,
    int[][] truth,
    AnnBenchmarkSettings settings,
    int leafSize,
    double buildCpuSeconds,
    double flatPerSecond)
{
    public void Run(CoarseQuery[] queries, int nprobe, Action<AnnBenchmarkLine> report, CancellationToken cancellationToken)
    {
        foreach (int capacity in settings.Shortlists)
        {
            foreach (int batch in settings.Batches)
            {
                foreach (int threads in settings.Threads)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    report(Measure(queries, nprobe, capacity, batch, threads, cancellationToken));
                }
            }
        }
    }

    private AnnBenchmarkLine Measure(CoarseQuery[] queries, int nprobe, int capacity, int batch, int threads, CancellationToken cancellationToken)
    {
        var found = new int[queries.Length][];
        double bestCpu = double.MaxValue;
        double bestWall = double.MaxValue;
        SearchCost cost = default;
        long records = 0;
        // The first run warms up code and caches with a part of the queries.
        for (int repeat = -1; repeat < settings.Repeats; repeat++)
        {
            int count = repeat < 0 ? Math.Min(queries.Length, 500) : queries.Length;
            var workers = new Worker[threads];
            long wall = Stopwatch.GetTimestamp();
            for (int i = 0; i < threads; i++)
            {
                int first = (int)((long)count * i / threads);
                int last = (int)((long)count * (i + 1) / threads);
                workers[i] = new Worker(index, slots, queries, found, first, last, capacity, batch, settings.K, cancellationToken);
            }

            if (threads == 1)
            {
                workers[0].Run();
            }
            else
            {
                Thread[] running = [.. workers.Select(worker => new Thread(worker.Run))];
                Array.ForEach(running, thread => thread.Start());
                Array.ForEach(running, thread => thread.Join());
            }

            if (repeat < 0)
            {
                continue;
            }

            bestWall = Math.Min(bestWall, Stopwatch.GetElapsedTime(wall).TotalSeconds);
            bestCpu = Math.Min(bestCpu, workers.Sum(worker => worker.CpuSeconds));
            cost = default;
            foreach (Worker worker in workers)
            {
                cost.Add(worker.Cost);
            }

            records = workers.Sum(worker => worker.RecordsVerified);
        }

        foreach (int[] list in found)
        {
            for (int i = 0; i < list.Length; i++)
            {
                list[i] = rowOfSlot[list[i]];
            }
        }

        double perSecond = queries.Length / bestCpu;
        return new AnnBenchmarkLine(
            index.Codec.ToString(),
            nprobe,
            capacity,
            threads,
            batch,
            AnnBenchmark.Recall(found, truth, settings.K),
            perSecond,
            queries.Length / bestWall,
            perSecond / flatPerSecond,
            index.MemoryBytes / (double)index.SlotCount,
            buildCpuSeconds,
            records / (double)queries.Length,
            cost.CodesScanned / (double)queries.Length,
            cost.LeavesProbed / (double)queries.Length,
            leafSize);
    }

    private sealed class Worker(
        CoarseIndex index,
        AlignedBuffer<float> slots,
        CoarseQuery[] queries,
        int[][] found,
        int first,
        int last,
        int capacity,
        int batch,
        int k,
        CancellationToken cancellationToken)
    {
        private SearchCost _cost;

        public double CpuSeconds { get; private set; }

        public SearchCost Cost => _cost;

        public long RecordsVerified { get; private set; }

        public void Run()
        {
            var verifier = new MemoryVerifier(slots, index.Dimension, index.Metric);
            var nearest = new Shortlist(k, k);
            Shortlist[] shortlists = [.. Enumerable.Range(0, batch).Select(_ => new Shortlist(k, capacity))];
            double start = ThreadCpuClock.Seconds();
            for (int query = first; query < last; query += batch)
            {
                int count = Math.Min(batch, last - query);
                for (int i = 0; i < count; i++)
                {
                    shortlists[i].Reset(k, capacity);
                    // A query comes without its rotated form.
                    queries[query + i].Forget();
                }

                if (batch == 1)
                {
                    index.Search(queries[query], 0, default, shortlists[0], ref _cost, cancellationToken);
                }
                else
                {
                    index.SearchBatch(queries.AsSpan(query, count), 0, default, shortlists.AsSpan(0, count), ref _cost, cancellationToken);
                }

                for (int i = 0; i < count; i++)
                {
                    shortlists[i].Trim();
                    nearest.Reset(k, k);
                    verifier.Verify(queries[query + i], shortlists[i], nearest);
                    nearest.Cut();
                    found[query + i] = nearest.Slots.ToArray();
                }
            }

            CpuSeconds = ThreadCpuClock.Seconds() - start;
            RecordsVerified = verifier.RecordsVerified;
        }
    }
}
