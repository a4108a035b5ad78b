using Bigrain.Training.Numerics;
using Bigrain.Training.Settings;
using Bigrain.Training.Text;

namespace Bigrain.Training.Data;

/// <summary>Makes queries where there are none: a title, or a sentence, is the query, and the document without it is what it should find.</summary>
/// <remarks>Lee, Chang and Toutanova, "Latent retrieval for weakly supervised open domain question answering" (2019). The words are taken
/// out wherever they stand in the document, title and text, whatever their case: otherwise finding them would be all that is
/// learned.</remarks>
public static class InverseCloze
{
    /// <summary>Makes at most one query of each document.</summary>
    /// <param name="documents">The documents.</param>
    /// <param name="options">Settings.</param>
    /// <param name="random">Source of chance.</param>
    public static ClozeSet Make(IReadOnlyList<TextDocument> documents, ClozeOptions options, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(documents);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(random);
        SettingsCheck.Require(options);
        var passages = documents.ToArray();
        var pairs = new List<ClozePair>();
        int[] order = [.. Enumerable.Range(0, documents.Count)];
        random.Shuffle(order.AsSpan());
        foreach (int row in order)
        {
            if (pairs.Count == options.MaxPairs)
            {
                break;
            }

            if (Take(documents[row], options, random) is { } taken)
            {
                passages[row] = taken.Passage;
                pairs.Add(new ClozePair(row, taken.Query, taken.FromTitle));
            }
        }

        return new ClozeSet(passages, [.. pairs.OrderBy(static pair => pair.Document)]);
    }

    private static (TextDocument Passage, string Query, bool FromTitle)? Take(TextDocument document, ClozeOptions options, SeededRandom random)
    {
        // Both are drawn whatever the document is like, so that one document does not change what is drawn for the next.
        bool fromTitle = random.Unit() < options.TitleShare;
        double place = random.Unit();
        string query = document.Title;
        if (!fromTitle || CountWords(query) < options.MinQueryWords)
        {
            fromTitle = false;
            IReadOnlyList<string> sentences = [.. Sentences.Split(document.Text).Where(sentence => CountWords(sentence) >= options.MinQueryWords)];
            if (sentences.Count == 0)
            {
                return null;
            }

            query = sentences[(int)(place * sentences.Count)];
        }

        TextDocument passage = document with { Title = Without(document.Title, query), Text = Without(document.Text, query) };
        return CountWords(passage.Whole) >= options.MinPassageWords ? (passage, query, fromTitle) : null;
    }

    private static string Without(string text, string query)
    {
        string core = query.TrimEnd('.', '!', '?', ' ');
        return core.Length == 0 ? text : text.Replace(core, " ", StringComparison.OrdinalIgnoreCase).Trim();
    }

    private static int CountWords(string text)
    {
        var words = new List<string>();
        Tokeniser.Read(text, words);
        return words.Count;
    }
}
