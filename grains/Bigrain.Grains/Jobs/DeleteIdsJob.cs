using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Contracts;
using Bigrain.Grains.Collections;
using Bigrain.Index.Documents;
using Bigrain.Index.Jobs;
using Bigrain.Index.Log;

namespace Bigrain.Grains.Jobs;

/// <summary>Deletes the documents of a long list of ids, a part of the list at a time, by the same way as any other write.</summary>
/// <remarks>Each part has a batch id of its own: doing it again soon after, as a runner does that was cut off, changes nothing.</remarks>
internal sealed partial class DeleteIdsJob(JobInputs inputs, CollectionDirectory directory, IIdHash hash, IGrainFactory grains) : IJobKind
{
    /// <summary>Name of the kind.</summary>
    public const string KindName = "deleteIds";

    /// <summary>Most ids of a part.</summary>
    public const int MaxPartIds = 5_000;

    /// <summary>Most bytes of the ids of a part.</summary>
    public const int MaxPartBytes = 1 << 20;

    private const string Stage = "deleting";

    /// <inheritdoc/>
    public string Name => KindName;

    /// <summary>Makes the body of such a job.</summary>
    /// <param name="partCount">Parts of its input.</param>
    /// <param name="idCount">Ids in them.</param>
    public static JsonElement BodyOf(int partCount, long idCount) =>
        JsonSerializer.SerializeToElement(new Progress(partCount, idCount, 0, 0), DeleteIdsJson.Default.Progress);

    /// <inheritdoc/>
    public async Task RunAsync(JobContext job, CancellationToken cancellationToken)
    {
        job.Unit = "ids";
        Progress progress = job.ReadBody(DeleteIdsJson.Default.Progress);
        await job.SaveAsync(Stage, progress.Done, progress.Ids, cancellationToken);
        for (int part = progress.Next; part < progress.Parts; part++)
        {
            ReadOnlyMemory<byte> input = await inputs.ReadAsync(job.Id, part, cancellationToken);
            ReadOnlyMemory<byte>[] ids = FetchedDocument.DecodeIds(input.Span);
            await DeleteAsync(job, part, ids, cancellationToken);
            progress = progress with { Next = part + 1, Done = progress.Done + ids.Length };
            await job.SaveAsync(progress, DeleteIdsJson.Default.Progress, Stage, progress.Done, progress.Ids, cancellationToken);
        }

        job.SetResult(new Deleted(progress.Done), DeleteIdsJson.Default.Deleted);
    }

    private async Task DeleteAsync(JobContext job, int part, ReadOnlyMemory<byte>[] ids, CancellationToken cancellationToken)
    {
        CollectionSnapshot known = await directory.GetLifeAsync(job, cancellationToken);
        var request = new WriteRequestBuilder(known.Head.Schema, hash, FormattableString.Invariant($"{job.Id}.{part}"));
        foreach (ReadOnlyMemory<byte> id in ids)
        {
            request.AddDelete(id.Span);
        }

        ImmutableArray<StreamShare> shares = request.Build();
        await Task.WhenAll(shares.Select(share => grains
            .GetGrain<IStreamWriterGrain>(new StreamKey(known.Head.Incarnation, share.Stream).ToString())
            .WriteAsync(known.Head.Name, new PackedBytes(share.Batch), cancellationToken)));
    }

    /// <summary>Input and progress.</summary>
    internal sealed record Progress(int Parts, long Ids, int Next, long Done);

    /// <summary>What came out: ids that are gone now, whether or not they were there.</summary>
    internal sealed record Deleted(long Ids);

    [JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
    [JsonSerializable(typeof(Progress))]
    [JsonSerializable(typeof(Deleted))]
    private sealed partial class DeleteIdsJson : JsonSerializerContext;
}
