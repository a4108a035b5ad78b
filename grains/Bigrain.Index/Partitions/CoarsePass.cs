using Bigrain.Index.Coarse;
using Bigrain.Index.Queries;

namespace Bigrain.Index.Partitions;

/// <summary>The coarse pass of one query over the partitions of a silo: one prepared query, one shortlist.</summary>
internal static class CoarsePass
{
    /// <summary>Searches every source of a ticket; CPU work for a scan thread.</summary>
    /// <param name="ticket">Query and sources.</param>
    /// <param name="now">Unix milliseconds: documents that expired before are left out.</param>
    /// <param name="cancellationToken">Looked at once per leaf or tail block.</param>
    /// <returns>Candidates, best estimate first, and what it cost.</returns>
    public static (SearchCandidate[] Candidates, QueryCost Cost) Run(SearchTicket ticket, long now, CancellationToken cancellationToken)
    {
        SearchRequest request = ticket.Request;
        var query = new CoarseQuery(request.Vector, ticket.Metric, request.K, request.Nprobe);
        var shortlist = new Shortlist(request.K, request.Shortlist);
        var cost = default(SearchCost);

        // Tails are exact: they tighten the threshold before the codes are scanned.
        for (int source = 0; source < ticket.Sources.Count; source++)
        {
            ticket.Sources[source].Tail?.Search(query, source, now, shortlist, ref cost, cancellationToken);
        }

        for (int source = 0; source < ticket.Sources.Count; source++)
        {
            if (ticket.Sources[source].Segment is { } view)
            {
                view.Segment.Coarse.Search(query, source, view.HiddenSlots(now), shortlist, ref cost, cancellationToken);
            }
        }

        shortlist.Cut();
        var candidates = new SearchCandidate[shortlist.Count];
        for (int i = 0; i < candidates.Length; i++)
        {
            candidates[i] = new SearchCandidate(
                shortlist.Sources[i], shortlist.Slots[i], shortlist.Estimates[i], shortlist.Errors[i]);
        }

        return (candidates, new QueryCost(cost.LeavesProbed, cost.CodesScanned, cost.ExactScanned, 0, 0, 0));
    }
}
