using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Jobs;

/// <summary>Keys of requests that make jobs: the sender's name of a request, which sent again makes no second job.</summary>
/// <remarks>A key is as good as its job's record: once that is removed, some days after the job's end, the key means nothing any more.</remarks>
public static class JobKeys
{
    /// <summary>The header that has the key, by which errors name it.</summary>
    public const string Field = "Idempotency-Key";

    /// <summary>Most characters of a key.</summary>
    public const int MaxLength = 128;

    private const int HashBytes = 16;

    /// <summary>The id of the job that a request makes. It follows from the key alone, so that the same key on another request is noticed.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: not a key.</exception>
    public static string IdOf(string key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return key.Length is >= 1 and <= MaxLength && !key.AsSpan().ContainsAnyExceptInRange('!', '~')
            ? $"job-{HashOf(key)}"
            : throw new BigrainException(
                ErrorCode.InvalidArgument, FormattableString.Invariant($"a key is 1 to {MaxLength} printable ASCII characters without spaces"), Field);
    }

    /// <summary>What tells one request from another under the same key.</summary>
    /// <param name="body">The body of the new job.</param>
    public static string DigestOf(JsonElement? body) => HashOf(body is { } given ? given.GetRawText() : "");

    /// <summary>Refuses a request whose key another one has.</summary>
    /// <param name="asked">The job that it would make; one without a key is not looked at.</param>
    /// <param name="found">The job that there is.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: the message says what is another.</exception>
    public static void RequireSame(JobRecord asked, JobRecord found)
    {
        ArgumentNullException.ThrowIfNull(asked);
        ArgumentNullException.ThrowIfNull(found);
        if (asked.Request is null)
        {
            return;
        }

        string? other = asked.Kind != found.Kind ? "kind"
            : asked.Collection != found.Collection ? "collection"
            : asked.Incarnation != found.Incarnation ? "life of the collection, which was dropped and made again"

            // A silo of an older release that ran it may have left the digest out.
            : found.Request is { } made && made != asked.Request ? "body"
            : null;
        if (other is not null)
        {
            throw Taken(other);
        }
    }

    /// <summary>The error of a key that another request has.</summary>
    /// <param name="other">What is another.</param>
    public static BigrainException Taken(string other) =>
        new(ErrorCode.Conflict, $"the key was used for a request of another {other}: use a key once", Field);

    private static string HashOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, HashBytes));
}
