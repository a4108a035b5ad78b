using Bigrain.Training.Numerics;

namespace Bigrain.Training.Locality;

/// <summary>Draws negatives of a query: candidates first, any document when those do not suffice.</summary>
internal static class NegativeChoice
{
    /// <summary>Attempts at a random document that is allowed before the list is walked through.</summary>
    private const int Attempts = 32;

    /// <summary>Draws <paramref name="count"/> different negatives that are neither used nor positives of the query.</summary>
    /// <param name="graph">Candidates and positives.</param>
    /// <param name="query">The query.</param>
    /// <param name="source">Where they come from.</param>
    /// <param name="used">Documents that may not be drawn; those drawn are added.</param>
    /// <param name="count">How many.</param>
    /// <param name="random">Where chance comes from.</param>
    public static int[] Draw(
        CandidateGraph graph, int query, NegativeSource source, HashSet<int> used, int count, SeededRandom random)
    {
        var negatives = new int[count];
        var found = 0;
        if (source == NegativeSource.Candidates && count > 0)
        {
            int[] free = [.. graph.Forward(query).ToArray().Where(document => !used.Contains(document))];
            for (; found < Math.Min(count, free.Length); found++)
            {
                // Fisher and Yates, as far as needed.
                var other = found + random.Next(free.Length - found);
                (free[found], free[other]) = (free[other], free[found]);
                negatives[found] = free[found];
                used.Add(free[found]);
            }
        }

        for (; found < count; found++)
        {
            negatives[found] = Anywhere(graph, query, used, random);
            used.Add(negatives[found]);
        }

        return negatives;
    }

    private static int Anywhere(CandidateGraph graph, int query, HashSet<int> used, SeededRandom random)
    {
        var positives = graph.Positives(query);
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var document = random.Next(graph.DocumentCount);
            if (!used.Contains(document) && !positives.Contains(document))
            {
                return document;
            }
        }

        var start = random.Next(graph.DocumentCount);
        for (var step = 0; step < 2 * graph.DocumentCount; step++)
        {
            // The second time round a document that the batch has already is better than none.
            var document = (start + step) % graph.DocumentCount;
            if (!positives.Contains(document) && (step >= graph.DocumentCount || !used.Contains(document)))
            {
                return document;
            }
        }

        throw new ArgumentException($"every document is a positive of query {query}: no negative is left to draw");
    }
}
