using Bigrain.Index.Coarse;
using Bigrain.Index.Queries;

namespace Bigrain.Index.Partitions;

/// <summary>The coarse pass of one query over the partitions of a silo: one prepared query, one shortlist.</summary>
/// <remarks>Each partition is searched as if it were alone, and the results are cut together: so what is found does not depend on which
/// partitions happen to be on one silo.</remarks>
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
        int probeK = NeighboursOf(request.K, ticket.PartitionCount);
        bool isBounded = ticket.Model is null;
        var all = new Shortlist(request.K, request.Shortlist, probeK, isBounded);
        Shortlist? own = null;
        var cost = default(SearchCost);
        for (int first = 0, end; first < ticket.Sources.Count; first = end)
        {
            end = EndOfPartition(ticket.Sources, first);
            if (end - first == ticket.Sources.Count)
            {
                SearchPartition(ticket.Sources, first, end, query, now, all, ref cost, cancellationToken);
                break;
            }

            own ??= new Shortlist(request.K, request.Shortlist, probeK, isBounded);
            own.Reset(request.K, request.Shortlist, probeK);
            SearchPartition(ticket.Sources, first, end, query, now, own, ref cost, cancellationToken);
            own.Trim();
            for (int i = 0; i < own.Count; i++)
            {
                all.Add(own.Sources[i], own.Slots[i], own.Estimates[i], own.Errors[i]);
            }
        }

        all.Cut();
        var candidates = new SearchCandidate[all.Count];
        for (int i = 0; i < candidates.Length; i++)
        {
            candidates[i] = new SearchCandidate(all.Sources[i], all.Slots[i], all.Estimates[i], all.Errors[i]);
        }

        return (candidates, new QueryCost(cost.LeavesProbed, cost.CodesScanned, cost.ExactScanned, 0, 0, 0));
    }

    /// <summary>How many of the k nearest one partition may hold: documents spread over partitions by hash, so the mean and two
    /// standard deviations. Probing that looked for all k in every partition would scan much and find little.</summary>
    private static int NeighboursOf(int k, int partitionCount)
    {
        double mean = (double)k / partitionCount;
        return partitionCount == 1 ? k : Math.Min(k, (int)Math.Ceiling(mean + (2 * Math.Sqrt(mean)) + 1));
    }

    private static int EndOfPartition(IReadOnlyList<SearchSource> sources, int first)
    {
        int end = first + 1;
        while (end < sources.Count && sources[end].Partition == sources[first].Partition)
        {
            end++;
        }

        return end;
    }

    private static void SearchPartition(
        IReadOnlyList<SearchSource> sources,
        int first,
        int end,
        CoarseQuery query,
        long now,
        Shortlist shortlist,
        ref SearchCost cost,
        CancellationToken cancellationToken)
    {
        // Tails are exact: they tighten the threshold before the codes are scanned.
        for (int source = first; source < end; source++)
        {
            sources[source].Tail?.Search(query, source, now, shortlist, ref cost, cancellationToken);
        }

        for (int source = first; source < end; source++)
        {
            if (sources[source].Segment is { } view)
            {
                view.Segment.Coarse.Search(query, source, view.HiddenSlots(now), shortlist, ref cost, cancellationToken);
            }
        }
    }
}
