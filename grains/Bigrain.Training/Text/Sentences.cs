namespace Bigrain.Training.Text;

/// <summary>Cuts text into sentences: after a full stop, a question or exclamation mark with a blank behind it, and at line ends.</summary>
public static class Sentences
{
    /// <summary>The sentences of a text, trimmed, none of them empty.</summary>
    public static IReadOnlyList<string> Split(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var sentences = new List<string>();
        int start = 0;
        for (int i = 0; i < text.Length; i++)
        {
            bool ends = text[i] is '\n' || (text[i] is '.' or '?' or '!' && (i + 1 == text.Length || char.IsWhiteSpace(text[i + 1])));
            if (ends)
            {
                Add(text[start..(i + 1)]);
                start = i + 1;
            }
        }

        Add(text[start..]);
        return sentences;

        void Add(string sentence)
        {
            string trimmed = sentence.Trim();
            if (trimmed.Any(char.IsLetterOrDigit))
            {
                sentences.Add(trimmed);
            }
        }
    }
}
