namespace Bigrain.Training.Text;

/// <summary>Splits text into lower-case words: runs of letters and digits, cut again where the case says that a new word begins
/// (<c>BitArray</c> is <c>bit</c>, <c>array</c>).</summary>
/// <remarks>Part of the encoder's file form: never changes under one version of it.</remarks>
public static class Tokeniser
{
    private const int MinLength = 2;
    private const int MaxLength = 40;

    /// <summary>Reads the words of a text.</summary>
    /// <param name="text">Any text.</param>
    /// <param name="words">Receives the words in their order; words of one letter are left out, and so is what follows the
    /// 40th character of one.</param>
    public static void Read(ReadOnlySpan<char> text, List<string> words)
    {
        ArgumentNullException.ThrowIfNull(words);
        int start = 0;
        while (start < text.Length)
        {
            if (!char.IsLetterOrDigit(text[start]))
            {
                start++;
                continue;
            }

            int end = EndOfWord(text, start);
            int length = Math.Min(end - start, MaxLength);
            if (length >= MinLength)
            {
                words.Add(Lower(text.Slice(start, length)));
            }

            start = end;
        }
    }

    /// <summary>Hash of a word: FNV-1a of its UTF-16 code units, then mixed.</summary>
    public static ulong Hash(ReadOnlySpan<char> word)
    {
        ulong hash = 14695981039346656037;
        foreach (char letter in word)
        {
            hash = unchecked((hash ^ letter) * 1099511628211);
        }

        hash ^= hash >> 32;
        return unchecked(hash * 0x9E3779B97F4A7C15) >> 16;
    }

    private static int EndOfWord(ReadOnlySpan<char> text, int start)
    {
        int end = start + 1;
        while (end < text.Length && char.IsLetterOrDigit(text[end]) && !IsCut(text, end))
        {
            end++;
        }

        return end;
    }

    private static bool IsCut(ReadOnlySpan<char> text, int at) =>
        char.IsUpper(text[at])
        && (char.IsLower(text[at - 1])
            || (char.IsUpper(text[at - 1]) && at + 1 < text.Length && char.IsLower(text[at + 1])));

    private static string Lower(ReadOnlySpan<char> word)
    {
        Span<char> lower = stackalloc char[MaxLength];
        int length = word.ToLowerInvariant(lower);
        return new string(lower[..length]);
    }
}
