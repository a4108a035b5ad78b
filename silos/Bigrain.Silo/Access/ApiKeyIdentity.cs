using System.Security.Claims;

namespace Bigrain.Silo.Access;

/// <summary>Who showed a key.</summary>
internal sealed class ApiKeyIdentity(ApiKey key) : ClaimsIdentity([new Claim(ClaimTypes.Name, key.Name)], ApiKeyHandler.Scheme)
{
    /// <summary>The key.</summary>
    public ApiKey Key { get; } = key;
}
