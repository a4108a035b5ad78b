using System.Collections.Concurrent;
using Bigrain.Api.Documents;

namespace Bigrain.Client;

/// <summary>What this client has written, by collection, so that it reads its own writes.</summary>
internal sealed class SessionTokens
{
    private readonly ConcurrentDictionary<string, WriteToken> _tokens = new(StringComparer.Ordinal);

    /// <summary>Takes in the token of a write; writes in flight at once may report in any order.</summary>
    public void Remember(string collection, string? token)
    {
        if (WriteToken.TryParse(token, out WriteToken? parsed))
        {
            _tokens.AddOrUpdate(
                collection,
                static (_, added) => added,
                static (_, known, added) => known.Merge(added),
                parsed);
        }
    }

    /// <summary>The token to send with a query; null when nothing was written.</summary>
    public string? Get(string collection) => _tokens.TryGetValue(collection, out WriteToken? token) ? token.ToString() : null;

    /// <summary>Forgets a collection that was dropped.</summary>
    public void Forget(string collection) => _tokens.TryRemove(collection, out _);
}
