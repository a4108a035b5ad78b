using Bigrain.Training.Data;
using Bigrain.Training.Losses;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>Draws the documents of a batch: one positive a query, extra negatives, documents to distil.</summary>
/// <param name="set">The training set.</param>
/// <param name="options">Settings.</param>
/// <param name="negatives">For each query of the set the documents its extra negatives are drawn from; empty to draw from all.</param>
/// <param name="teacher">For each query of the set the documents the exact scores rank first; empty without distillation.</param>
internal sealed class SparseBatchBuilder(TrainingSet set, SparseOptions options, int[][] negatives, int[][] teacher)
{
    private const int Attempts = 16;

    public SparseBatch Build(ReadOnlySpan<int> queries, SeededRandom random)
    {
        var columns = new Dictionary<int, int>();
        var documents = new List<int>();
        var targets = new int[queries.Length];
        for (var row = 0; row < queries.Length; row++)
        {
            var positive = Positive(queries[row], random);
            targets[row] = positive < 0 ? MaskedInfoNce.NoTarget : ColumnOf(positive);
        }

        foreach (var query in queries)
        {
            for (var i = 0; i < options.NegativeCount; i++)
            {
                ColumnOf(Negative(query, random));
            }

            for (var i = 0; teacher.Length > 0 && i < options.TeacherDocuments; i++)
            {
                // Ranks are drawn evenly on a logarithmic scale: the first ones count most.
                var ranked = teacher[query];
                var rank = (int)Math.Exp(random.Unit() * Math.Log(ranked.Length + 1)) - 1;
                ColumnOf(ranked[Math.Clamp(rank, 0, ranked.Length - 1)]);
            }
        }

        var masked = new bool[queries.Length * documents.Count];
        for (var row = 0; row < queries.Length; row++)
        {
            foreach (var relevant in set.Relevant.Of(queries[row]))
            {
                if (columns.TryGetValue(relevant, out var column) && column != targets[row])
                {
                    masked[(row * documents.Count) + column] = true;
                }
            }
        }

        return new SparseBatch(queries.ToArray(), [.. documents], targets, masked);

        int ColumnOf(int document)
        {
            if (!columns.TryGetValue(document, out var column))
            {
                column = documents.Count;
                columns.Add(document, column);
                documents.Add(document);
            }

            return column;
        }
    }

    /// <summary>A relevant document; without labels the one the teacher ranks first, or none.</summary>
    private int Positive(int query, SeededRandom random)
    {
        var relevant = set.Relevant.Of(query);
        return relevant.Length > 0 ? relevant[random.Next(relevant.Length)]
            : teacher.Length > 0 ? teacher[query][0]
            : -1;
    }

    private int Negative(int query, SeededRandom random)
    {
        if (negatives.Length > 0 && negatives[query].Length > 0)
        {
            return negatives[query][random.Next(negatives[query].Length)];
        }

        // A query to which nearly everything is relevant gets a masked column in the end.
        var document = random.Next(set.Documents.Rows);
        for (var i = 0; i < Attempts && set.Relevant.Contains(query, document); i++)
        {
            document = random.Next(set.Documents.Rows);
        }

        return document;
    }
}
