using System.Text.RegularExpressions;

namespace Bigrain.Silo.Access;

/// <summary>One key as the silo knows it: never the key itself.</summary>
/// <param name="Name">Name of the key, for people.</param>
/// <param name="Sha256">SHA-256 of the key's UTF-8 bytes.</param>
/// <param name="Role">What it may do.</param>
/// <param name="Collections">Names it may touch, a trailing <c>*</c> standing for any end; null for all.</param>
internal sealed partial record ApiKey(string Name, ReadOnlyMemory<byte> Sha256, AccessRole Role, IReadOnlyList<string>? Collections)
{
    /// <summary>Whether the key may touch a collection.</summary>
    public bool Allows(string collection) => Collections is null || Collections.Any(pattern => Matches(pattern, collection));

    /// <summary>Whether a text is a name or the beginning of one with a star.</summary>
    public static bool IsPattern(string text) => Pattern().IsMatch(text);

    // The rule of names, or the beginning of one with a star behind it.
    [GeneratedRegex(@"\A([a-z0-9][a-z0-9_-]{0,62}\*?|\*)\z")]
    private static partial Regex Pattern();

    private static bool Matches(string pattern, string collection) => pattern.EndsWith('*')
        ? collection.StartsWith(pattern.AsSpan(0, pattern.Length - 1), StringComparison.Ordinal)
        : collection == pattern;
}
