using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Contracts;
using Bigrain.Contracts.Replicas;
using Bigrain.Grains.Collections;
using Bigrain.Grains.Placement;
using Bigrain.Index.Jobs;
using Bigrain.Index.Partitions;

namespace Bigrain.Grains.Jobs;

/// <summary>Loads every copy of a collection on its owners, and reads as many dense records into their caches as was asked for.</summary>
internal sealed partial class WarmJob(CollectionDirectory directory, SiloMap silos, IGrainFactory grains) : IJobKind
{
    /// <summary>Name of the kind.</summary>
    public const string KindName = "warm";

    private const string Stage = "warming";
    private const int Concurrency = 16;

    /// <inheritdoc/>
    public string Name => KindName;

    /// <summary>Makes the body of such a job.</summary>
    /// <param name="maxDenseBytes">Most bytes of dense records that each silo reads; <see cref="long.MaxValue"/> for all.</param>
    public static JsonElement BodyOf(long maxDenseBytes) =>
        JsonSerializer.SerializeToElement(new WarmBody(maxDenseBytes, []), WarmJson.Default.WarmBody);

    /// <inheritdoc/>
    public async Task RunAsync(JobContext job, CancellationToken cancellationToken)
    {
        WarmBody body = job.ReadBody(WarmJson.Default.WarmBody);
        CollectionSnapshot known = await directory.GetLifeAsync(job, cancellationToken);
        (string Silo, PartitionKey Key)[] copies =
        [
            .. from partition in Enumerable.Range(0, known.Generation.PartitionCount)
               let key = known.KeyOf(partition)
               from silo in silos.OwnersOf(key, known.Head.Schema.ReplicaCount)
               select (silo, key),
        ];
        Dictionary<string, int> copiesOf = copies.CountBy(copy => copy.Silo).ToDictionary(StringComparer.Ordinal);

        // Owners change: what counts is the copy on the silo that has it now.
        var done = new ConcurrentDictionary<string, Copy>(
            body.Copies.Where(copy => copies.Any(wanted => NameOf(wanted) == copy.Name)).ToDictionary(copy => copy.Name), StringComparer.Ordinal);
        job.Unit = "copies";
        await SaveAsync(job, body, done, copies.Length, cancellationToken);
        var options = new ParallelOptions { MaxDegreeOfParallelism = Concurrency, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(copies.Where(copy => !done.ContainsKey(NameOf(copy))).ToArray(), options, async (copy, token) =>
        {
            long most = body.MaxDenseBytes == long.MaxValue ? long.MaxValue : body.MaxDenseBytes / copiesOf[copy.Silo];
            WarmReply reply = await WarmAsync(job.Collection, copy.Silo, copy.Key, most, token);
            done[NameOf(copy)] = new Copy(NameOf(copy), reply.DocumentCount, reply.CoarseBytes, reply.DenseBytes);
            await SaveAsync(job, body, done, copies.Length, token);
        });
        job.SetResult(
            new WarmResult(copies.Length, done.Values.Sum(copy => copy.Documents), done.Values.Sum(copy => copy.CoarseBytes), done.Values.Sum(copy => copy.DenseBytes)),
            WarmJson.Default.WarmResult);
    }

    private async Task<WarmReply> WarmAsync(string collection, string silo, PartitionKey key, long most, CancellationToken cancellationToken)
    {
        try
        {
            return await grains.GetGrain<IReplicaHostGrain>(silo).WarmAsync(collection, key.ToString(), most, cancellationToken);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw JobCollections.OfPartition(error);
        }
    }

    private static string NameOf((string Silo, PartitionKey Key) copy) => FormattableString.Invariant($"{copy.Silo}/{copy.Key.Generation}/{copy.Key.Partition}");

    private static Task SaveAsync(JobContext job, WarmBody body, ConcurrentDictionary<string, Copy> done, int total, CancellationToken cancellationToken)
    {
        Copy[] now = [.. done.Values];
        return job.SaveAsync(body with { Copies = now }, WarmJson.Default.WarmBody, Stage, now.Length, total, cancellationToken);
    }

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(WarmBody))]
    [JsonSerializable(typeof(WarmResult))]
    private sealed partial class WarmJson : JsonSerializerContext;

    /// <summary>A copy that is warm.</summary>
    internal sealed record Copy(string Name, long Documents, long CoarseBytes, long DenseBytes);

    /// <summary>Request and progress.</summary>
    internal sealed record WarmBody(long MaxDenseBytes, Copy[] Copies);

    /// <summary>What is warm, all copies together.</summary>
    internal sealed record WarmResult(int Copies, long Documents, long CoarseBytes, long DenseBytes);
}
