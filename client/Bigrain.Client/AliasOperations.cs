using System.Net;
using Bigrain.Api.Aliases;
using Bigrain.Api.Serialization;

namespace Bigrain.Client;

/// <summary>Aliases: other names for collections, which move from one to another at once. Part of <see cref="BigrainClient"/>.</summary>
/// <remarks>What this client wrote under an alias is forgotten when it moves the alias: reads follow the new collection from then on.</remarks>
public sealed class AliasOperations
{
    private readonly ApiChannel _channel;
    private readonly SessionTokens _tokens;

    internal AliasOperations(ApiChannel channel, SessionTokens tokens)
    {
        _channel = channel;
        _tokens = tokens;
    }

    /// <summary>Makes an alias, or lets it stand for another collection at once.</summary>
    /// <param name="alias">The alias.</param>
    /// <param name="request">The collection, and what the alias must stand for until now.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The alias and whether it is new.</returns>
    public async Task<(AliasInfo Alias, bool IsNew)> PutAsync(string alias, AliasRequest request, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(request);
        (AliasInfo info, HttpStatusCode status) = await _channel.SendAsync(
            new ApiCall(HttpMethod.Put, Path(alias), _ => ApiChannel.Serialize(request, ApiJson.Default.AliasRequest)),
            ApiJson.Default.AliasInfo,
            cancellationToken).ConfigureAwait(false);
        _tokens.Forget(alias);
        return (info, status == HttpStatusCode.Created);
    }

    /// <summary>Shows what an alias stands for.</summary>
    /// <param name="alias">The alias.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>The alias.</returns>
    public async Task<AliasInfo> GetAsync(string alias, CancellationToken cancellationToken = default) =>
        (await _channel.SendAsync(new ApiCall(HttpMethod.Get, Path(alias), IsRead: true), ApiJson.Default.AliasInfo, cancellationToken)
            .ConfigureAwait(false)).Reply;

    /// <summary>Lists the aliases.</summary>
    /// <param name="cancellationToken">Cancels the call.</param>
    /// <returns>All of them, in order of name.</returns>
    public async Task<AliasList> ListAsync(CancellationToken cancellationToken = default) =>
        (await _channel.SendAsync(new ApiCall(HttpMethod.Get, "/v1/aliases", IsRead: true), ApiJson.Default.AliasList, cancellationToken)
            .ConfigureAwait(false)).Reply;

    /// <summary>Removes an alias; the collection stays.</summary>
    /// <param name="alias">The alias.</param>
    /// <param name="cancellationToken">Cancels the call.</param>
    public async Task DeleteAsync(string alias, CancellationToken cancellationToken = default)
    {
        await _channel.SendAsync(new ApiCall(HttpMethod.Delete, Path(alias)), cancellationToken).ConfigureAwait(false);
        _tokens.Forget(alias);
    }

    private static string Path(string alias) => $"/v1/aliases/{Uri.EscapeDataString(alias)}";
}
