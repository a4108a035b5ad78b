using Bigrain.Index.Coarse;

namespace Bigrain.Index.Queries;

/// <summary>The global cut: keeps the candidates of all silos that can still be among the k nearest.</summary>
internal static class ShortlistCut
{
    /// <summary>Cuts the candidates of every silo by one threshold and one capacity.</summary>
    /// <param name="searches">Receives the survivors.</param>
    /// <param name="k">Hits wanted.</param>
    /// <param name="shortlist">Most survivors; 0 is automatic.</param>
    public static void Apply(ReadOnlySpan<Attempt> searches, int k, int shortlist)
    {
        if (searches.Length == 1)
        {
            // The silo has cut its own candidates by the same rule already.
            searches[0].Survivors = searches[0].Candidates;
            return;
        }

        var all = new Shortlist(k, shortlist);
        for (int silo = 0; silo < searches.Length; silo++)
        {
            SearchCandidate[] candidates = searches[silo].Candidates;
            for (int i = 0; i < candidates.Length; i++)
            {
                all.Add(silo, i, candidates[i].Estimate, candidates[i].Error);
            }
        }

        all.Cut();
        var survivors = new List<SearchCandidate>[searches.Length];
        for (int i = 0; i < all.Count; i++)
        {
            int silo = all.Sources[i];
            (survivors[silo] ??= []).Add(searches[silo].Candidates[all.Slots[i]]);
        }

        for (int silo = 0; silo < searches.Length; silo++)
        {
            searches[silo].Survivors = survivors[silo]?.ToArray() ?? [];
        }
    }
}
