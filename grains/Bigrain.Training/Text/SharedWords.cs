namespace Bigrain.Training.Text;

/// <summary>Takes out of one text what it has in common with another, so that the one does not give the other away.</summary>
public static class SharedWords
{
    private const int RunLength = 6;

    /// <summary>Removes the other text's sentences, and every run of six words that the other text has too.</summary>
    /// <param name="text">What to clean.</param>
    /// <param name="other">What must not stand in it.</param>
    /// <returns>The rest, with single blanks.</returns>
    /// <remarks>Words are compared without their punctuation, whatever their case.</remarks>
    public static string Remove(string text, string other)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(other);
        foreach (string sentence in Sentences.Split(other).Prepend(other))
        {
            string core = sentence.TrimEnd('.', '!', '?', ' ');
            if (core.Length > 0)
            {
                text = text.Replace(core, " ", StringComparison.OrdinalIgnoreCase);
            }
        }

        string[] words = text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        string[] bare = [.. words.Select(Bare)];
        string[] otherBare = [.. other.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Select(Bare)];
        HashSet<string> runs = [.. Runs(otherBare)];
        bool[] isShared = new bool[words.Length];
        int at = 0;
        foreach (string run in Runs(bare))
        {
            if (runs.Contains(run))
            {
                Array.Fill(isShared, true, at, RunLength);
            }

            at++;
        }

        return string.Join(' ', words.Where((_, i) => !isShared[i]));
    }

    private static IEnumerable<string> Runs(string[] words)
    {
        for (int i = 0; i + RunLength <= words.Length; i++)
        {
            yield return string.Join(' ', words, i, RunLength);
        }
    }

    private static string Bare(string word) => new([.. word.Where(char.IsLetterOrDigit).Select(char.ToLowerInvariant)]);
}
