using Bigrain.Training.Locality;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Locality;

/// <summary>Queries and documents on a ring: candidates of a query are the documents near it, so patches exist.</summary>
internal static class GraphWorld
{
    public const int Queries = 600;
    public const int Documents = 3_000;
    public const int Depth = 60;

    public static (int[][] Candidates, int[][] Positives) Lists(ulong seed = 11)
    {
        var random = new SeededRandom(seed);
        var candidates = new int[Queries][];
        var positives = new int[Queries][];
        for (var query = 0; query < Queries; query++)
        {
            var place = random.Next(Documents);
            int[] ranked = [.. Enumerable.Range(0, Depth).Select(rank => Wrap(place + (rank % 2 == 0 ? rank / 2 : -((rank / 2) + 1))))];
            candidates[query] = ranked;
            // One or two positives, some of them among the candidates.
            positives[query] = query % 3 == 0 ? [ranked[0], ranked[7]] : [ranked[random.Next(20)]];
        }

        return (candidates, positives);
    }

    public static CandidateGraph Graph(RankWindow? backward = null)
    {
        var (candidates, positives) = Lists();
        return new CandidateGraph(
            candidates, positives, Documents, RankWindow.Default, backward ?? RankWindow.Default);
    }

    private static int Wrap(int document) => ((document % Documents) + Documents) % Documents;
}
