using Bigrain.Api.Backups;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;

namespace Bigrain.Client;

/// <summary>Backups and restores. Part of <see cref="BigrainClient"/>.</summary>
public sealed class BackupOperations
{
    private readonly ApiChannel _channel;
    private readonly SessionTokens _tokens;

    internal BackupOperations(ApiChannel channel, SessionTokens tokens)
    {
        _channel = channel;
        _tokens = tokens;
    }

    /// <summary>Starts a backup of a collection, which goes on being read and written.</summary>
    /// <param name="collection">Collection.</param>
    /// <param name="name">Name of the backup.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job.</returns>
    public Task<JobInfo> CreateAsync(string collection, string name, CancellationToken cancellationToken = default) => _channel.StartJobAsync(
        $"/v1/collections/{Uri.EscapeDataString(collection)}/backup",
        ApiChannel.Serialize(new CreateBackupRequest { Name = name }, ApiJson.Default.CreateBackupRequest),
        cancellationToken);

    /// <summary>Lists the backups that are whole.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>All of them, in order of name.</returns>
    public async Task<BackupList> ListAsync(CancellationToken cancellationToken = default) =>
        (await _channel.SendAsync(new ApiCall(HttpMethod.Get, "/v1/backups", IsRead: true), ApiJson.Default.BackupList, cancellationToken)
            .ConfigureAwait(false)).Reply;

    /// <summary>Deletes a backup; others that share blobs with it stay whole.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task DeleteAsync(string name, CancellationToken cancellationToken = default) =>
        await _channel.SendAsync(new ApiCall(HttpMethod.Delete, Path(name)), cancellationToken).ConfigureAwait(false);

    /// <summary>Starts to make a collection of a backup.</summary>
    /// <param name="name">Name of the backup.</param>
    /// <param name="request">Name of the collection, and whether one of that name is replaced.</param>
    /// <param name="cancellationToken">Cancels the call, not the job.</param>
    /// <returns>The job.</returns>
    public async Task<JobInfo> RestoreAsync(string name, RestoreBackupRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        JobInfo job = await _channel.StartJobAsync(
            $"{Path(name)}/restore", ApiChannel.Serialize(request, ApiJson.Default.RestoreBackupRequest), cancellationToken).ConfigureAwait(false);
        if (job.Collection is { } collection)
        {
            _tokens.Forget(collection);
        }

        return job;
    }

    private static string Path(string name) => $"/v1/backups/{Uri.EscapeDataString(name)}";
}
