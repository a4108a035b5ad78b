using System.Security.Cryptography;
using System.Text;

namespace Bigrain.Silo.Access;

/// <summary>The keys of a silo. Thread safe.</summary>
/// <param name="keys">All keys; none means that everybody may do everything.</param>
internal sealed class ApiKeySet(IReadOnlyList<ApiKey> keys)
{
    /// <summary>Whether requests need a key.</summary>
    public bool IsRequired => keys.Count > 0;

    /// <summary>Finds the key that somebody shows.</summary>
    /// <returns>Null when there is no such key.</returns>
    /// <remarks>Every key is compared, each in constant time: how long it takes says nothing about how close a guess was.</remarks>
    public ApiKey? Find(string shown)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(shown), hash);
        ApiKey? found = null;
        foreach (ApiKey key in keys)
        {
            if (CryptographicOperations.FixedTimeEquals(hash, key.Sha256.Span))
            {
                found = key;
            }
        }

        return found;
    }
}
