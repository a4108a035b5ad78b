using System.Globalization;
using Bigrain.Api.Garbage;
using Bigrain.Api.Jobs;
using Bigrain.Api.Reindexing;
using Bigrain.Api.Serialization;

namespace Bigrain.Client;

/// <summary>Reindexing, compaction, warming and garbage collection. Part of <see cref="BigrainClient"/>.</summary>
public sealed class MaintenanceOperations
{
    private readonly ApiChannel _channel;

    internal MaintenanceOperations(ApiChannel channel) => _channel = channel;

    /// <summary>Starts to move all tails into segments and to merge these.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job.</returns>
    public Task<JobInfo> CompactAsync(string collection, CancellationToken cancellationToken = default) =>
        _channel.StartJobAsync($"{Path(collection)}/compact", body: null, cancellationToken);

    /// <summary>Starts to find what nothing leads to any more, and to delete it.</summary>
    /// <param name="delete">Whether to delete; otherwise the job only reports.</param>
    /// <param name="grace">Age that a blob must have to be deleted; null is the server's setting.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job; its result is a <see cref="GcReport"/>.</returns>
    public Task<JobInfo> CollectGarbageAsync(bool delete = false, TimeSpan? grace = null, CancellationToken cancellationToken = default)
    {
        var request = new GcRequest { Delete = delete, GraceSeconds = grace?.TotalSeconds };
        return _channel.StartJobAsync("/v1/gc", ApiChannel.Serialize(request, ApiJson.Default.GcRequest), cancellationToken);
    }

    /// <summary>Starts to load a collection on all its silos.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="maxDenseBytes">Most bytes of dense records that each silo reads into its caches; 0 for none, <see cref="long.MaxValue"/> for all.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job.</returns>
    public Task<JobInfo> WarmAsync(string collection, long maxDenseBytes = 0, CancellationToken cancellationToken = default)
    {
        string dense = maxDenseBytes switch
        {
            0 => "\"none\"",
            long.MaxValue => "\"all\"",
            _ => string.Create(CultureInfo.InvariantCulture, $"{{\"maxBytes\":{maxDenseBytes}}}"),
        };
        ReadOnlyMemory<byte> body = ApiChannel.Serialize(new WarmRequest { Dense = RawJson.Parse(dense) }, ApiJson.Default.WarmRequest);
        return _channel.StartJobAsync($"{Path(collection)}/warm", body, cancellationToken);
    }

    /// <summary>Starts to build a new generation of a collection, or single partitions anew; it is verified, then published at once.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="request">What it shall be like.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job.</returns>
    public Task<JobInfo> ReindexAsync(string collection, ReindexRequest request, CancellationToken cancellationToken = default) =>
        StartReindexAsync($"{Path(collection)}/reindex", request, cancellationToken);

    /// <summary>Starts to build a new generation with a trained model, whose codes and heads it gets; it is verified, then published at once.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="request">What else it shall be like; no codec, which the model brings.</param>
    /// <param name="model">The model file; at most 64 MiB.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job.</returns>
    public async Task<JobInfo> ReindexAsync(
        string collection, ReindexRequest request, ReadOnlyMemory<byte> model, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        using MultipartFormDataContent form = new()
        {
            { new ReadOnlyMemoryContent(ApiChannel.Serialize(request, ApiJson.Default.ReindexRequest)), ReindexForm.Request },
            { new ReadOnlyMemoryContent(model), ReindexForm.Model, "model.bigrain" },
        };
        byte[] body = await form.ReadAsByteArrayAsync(cancellationToken).ConfigureAwait(false);
        return await _channel.StartJobAsync($"{Path(collection)}/reindex", body, cancellationToken, form.Headers.ContentType!.ToString())
            .ConfigureAwait(false);
    }

    /// <summary>Starts to verify, publish, roll back or discard a generation.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="step">One of <see cref="ReindexSteps"/>.</param>
    /// <param name="request">Thresholds of the verification.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job.</returns>
    public Task<JobInfo> ReindexStepAsync(
        string collection, string step, ReindexRequest request, CancellationToken cancellationToken = default) =>
        StartReindexAsync($"{Path(collection)}/reindex/{Uri.EscapeDataString(step)}", request, cancellationToken);

    private Task<JobInfo> StartReindexAsync(string path, ReindexRequest request, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _channel.StartJobAsync(path, ApiChannel.Serialize(request, ApiJson.Default.ReindexRequest), cancellationToken);
    }

    private static string Path(string collection) => $"/v1/collections/{Uri.EscapeDataString(collection)}";
}
