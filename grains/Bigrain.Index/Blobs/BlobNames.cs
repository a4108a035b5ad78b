using System.Buffers;

namespace Bigrain.Index.Blobs;

/// <summary>What a blob may be called: the same rule for every store, so that data can move between them.</summary>
public static class BlobNames
{
    /// <summary>Longest name in characters.</summary>
    public const int MaxLength = 1_024;

    /// <summary>Longest part between two slashes in characters.</summary>
    public const int MaxPartLength = 200;

    private static readonly SearchValues<char> Allowed =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-");

    /// <summary>Refuses a string that is no blob name.</summary>
    /// <param name="name">Name of a blob.</param>
    /// <exception cref="ArgumentException">The name is empty, too long, or has a part that is empty, <c>.</c>, <c>..</c>,
    /// too long or made of other characters than <c>[A-Za-z0-9._-]</c>.</exception>
    public static void ThrowIfInvalid(string name)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        Check(name, name, isPrefix: false);
    }

    /// <summary>Refuses a string that cannot start a blob name.</summary>
    /// <param name="prefix">First part of names; may be empty and may end in <c>/</c> or inside a part.</param>
    /// <exception cref="ArgumentException">No blob name starts like this.</exception>
    public static void ThrowIfInvalidPrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        Check(prefix, prefix, isPrefix: true);
    }

    private static void Check(ReadOnlySpan<char> rest, string whole, bool isPrefix)
    {
        if (rest.Length > MaxLength)
        {
            throw new ArgumentException($"blob name of {rest.Length} characters is longer than {MaxLength}", nameof(whole));
        }

        while (true)
        {
            int slash = rest.IndexOf('/');
            ReadOnlySpan<char> part = slash < 0 ? rest : rest[..slash];
            bool isOpenEnd = isPrefix && slash < 0;
            if (!isOpenEnd && (part.IsEmpty || part is "." or ".."))
            {
                throw new ArgumentException($"blob name '{whole}' has an empty, '.' or '..' part", nameof(whole));
            }

            if (part.Length > MaxPartLength || part.ContainsAnyExcept(Allowed))
            {
                throw new ArgumentException(
                    $"blob name '{whole}' has a part longer than {MaxPartLength} or with characters outside [A-Za-z0-9._-]", nameof(whole));
            }

            if (slash < 0)
            {
                return;
            }

            rest = rest[(slash + 1)..];
        }
    }
}
