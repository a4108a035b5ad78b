using System.Text.Json.Serialization;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Index.Jobs;

namespace Bigrain.Grains.Jobs;

/// <summary>Freezes and compacts each partition of a collection once, on the silo that is its primary.</summary>
internal sealed partial class CompactJob(CollectionDirectory directory, IGrainFactory grains) : IJobKind
{
    /// <summary>Name of the kind.</summary>
    public const string KindName = "compact";

    private const string Stage = "compacting";

    // A silo merges one partition at a time; more calls than silos only keep every silo busy.
    private const int Concurrency = 16;

    /// <inheritdoc/>
    public string Name => KindName;

    /// <inheritdoc/>
    public async Task RunAsync(JobContext job, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetLifeAsync(job, cancellationToken);
        int generation = known.Generation.Generation;
        Progress before = job.Record.Body is null ? new Progress(generation, []) : job.ReadBody(CompactJson.Default.Progress);

        // Another generation that came meanwhile has partitions of its own.
        var done = new SortedSet<int>(before.Generation == generation ? before.Done : []);
        int total = known.Generation.PartitionCount;
        job.Unit = "partitions";
        await job.SaveAsync(new Progress(generation, [.. done]), CompactJson.Default.Progress, Stage, done.Count, total, cancellationToken);

        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(Enumerable.Range(0, total).Except(done).ToArray(), options, async (partition, token) =>
        {
            await CompactAsync(job.Collection, known.ReplicaOf(partition, replica: 0), token);
            int[] now;
            lock (done)
            {
                done.Add(partition);
                now = [.. done];
            }

            await job.SaveAsync(new Progress(generation, now), CompactJson.Default.Progress, Stage, now.Length, total, token);
        });
    }

    private async Task CompactAsync(string collection, string partition, CancellationToken cancellationToken)
    {
        try
        {
            await grains.GetGrain<ICoarsePartitionGrain>(partition).CompactAsync(collection, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw JobCollections.OfPartition(error);
        }
    }

    /// <summary>Partitions of a generation that are compacted.</summary>
    internal sealed record Progress(int Generation, int[] Done);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Progress))]
    private sealed partial class CompactJson : JsonSerializerContext;
}
