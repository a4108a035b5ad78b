using Bigrain.Index.Blobs;
using Bigrain.Index.Queries;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Segments.Payloads;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Partitions;

/// <summary>Scores the survivors of one query exactly from their dense records and hydrates the best of them.</summary>
/// <remarks>What cannot be read because the store fails keeps its estimate and says so; what is corrupt is not served.</remarks>
internal sealed class Verification
{
    private readonly SearchTicket _ticket;
    private readonly VerifyRequest _request;
    private readonly DenseQuery _query;
    private readonly float _lambda;
    private readonly long _now;
    private readonly List<VerifiedCandidate> _scored = [];
    private readonly HashSet<int> _corrupt = [];
    private readonly Dictionary<(int Source, int Slot), ReadOnlyMemory<byte>> _payloads = [];
    private readonly HashSet<(int Source, int Slot)> _asked = [];
    private QueryCost _cost;

    private Verification(SearchTicket ticket, VerifyRequest request, long now)
    {
        _ticket = ticket;
        _request = request;
        float[] vector = ticket.Request.DenseVector is { Length: > 0 } dense ? dense : ticket.Request.Vector;
        _query = new DenseQuery(vector, ticket.Metric, ticket.Model?.DocumentHead);
        _lambda = ticket.Model?.Lambda ?? 0;
        _now = now;
    }

    /// <summary>Called with the segment and the damage when a read met corrupt bytes.</summary>
    public Action<SegmentLocation, CorruptBlobException>? OnCorrupt { get; init; }

    /// <summary>Runs one verification.</summary>
    /// <param name="ticket">The query's snapshots.</param>
    /// <param name="request">The survivors.</param>
    /// <param name="now">Unix milliseconds: documents that expired before are left out.</param>
    /// <param name="onCorrupt">Called with the segment and the damage when a read met corrupt bytes.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public static async Task<VerifyReply> RunAsync(
        SearchTicket ticket,
        VerifyRequest request,
        long now,
        Action<SegmentLocation, CorruptBlobException> onCorrupt,
        CancellationToken cancellationToken)
    {
        var verification = new Verification(ticket, request, now) { OnCorrupt = onCorrupt };
        return await verification.RunAsync(cancellationToken);
    }

    private async Task<VerifyReply> RunAsync(CancellationToken cancellationToken)
    {
        List<Task<ScoredSource>> reads = [];
        foreach (IGrouping<int, SearchCandidate> group in _request.Candidates.GroupBy(candidate => candidate.Source))
        {
            SearchSource source = _ticket.Sources[group.Key];
            if (source.Tail is { } tail)
            {
                ScoreTail(group.Key, tail, group);
            }
            else
            {
                reads.Add(ScoreSegmentAsync(group.Key, source.Segment!, group, cancellationToken));
            }
        }

        PayloadRead[] prefetched = await Task.WhenAll(PrefetchPayloads(cancellationToken));
        foreach (ScoredSource read in await Task.WhenAll(reads))
        {
            Accept(read);
        }

        Array.ForEach(prefetched, Accept);

        _scored.Sort(VerifiedCandidate.ByDistance);
        List<VerifiedCandidate> best = TakeBest();
        ReadOnlyMemory<byte>?[] payloads = await ReadPayloadsAsync(best, cancellationToken);
        return new VerifyReply
        {
            Hits = [.. best.Select((candidate, i) => new QueryHit(
                IdOf(candidate).ToArray(), candidate.Distance, candidate.Verified, payloads[i] ?? default, payloads[i] is null))],
            CorruptPartitions = [.. _corrupt],
            Cost = _cost,
        };
    }

    private void ScoreTail(int source, TailView tail, IEnumerable<SearchCandidate> candidates)
    {
        foreach (SearchCandidate candidate in candidates)
        {
            _scored.Add(new VerifiedCandidate(source, candidate.Slot, Final(tail.Score(_query, candidate.Slot), candidate), Verified: true));
            _cost += new QueryCost(0, 0, 0, 1, 0, 0);
        }
    }

    private async Task<ScoredSource> ScoreSegmentAsync(
        int source, SegmentView view, IEnumerable<SearchCandidate> group, CancellationToken cancellationToken)
    {
        SearchCandidate[] candidates = [.. group.OrderBy(candidate => candidate.Slot)];
        int[] slots = Array.ConvertAll(candidates, candidate => candidate.Slot);
        float[] distances = new float[slots.Length];
        try
        {
            DenseReadCost cost = await view.Segment.Dense.ScoreAsync(_query, slots, distances, cancellationToken);
            return new ScoredSource(source, candidates, distances, cost, null);
        }
        catch (Exception failure) when (failure is CorruptBlobException or BlobStoreException)
        {
            return new ScoredSource(source, candidates, distances, default, failure);
        }
    }

    private void Accept(ScoredSource read)
    {
        SearchSource source = _ticket.Sources[read.Source];
        if (read.Failure is CorruptBlobException damage)
        {
            _corrupt.Add(source.Partition);
            OnCorrupt?.Invoke(source.Segment!.Segment.Location, damage);
            return;
        }

        _cost += new QueryCost(0, 0, 0, read.Cost.Records, read.Cost.BytesRead, read.Cost.Reads);
        for (int i = 0; i < read.Candidates.Length; i++)
        {
            SearchCandidate candidate = read.Candidates[i];
            if (IsExpired(source.Segment!, candidate.Slot))
            {
                continue;
            }

            bool verified = read.Failure is null;
            _scored.Add(new VerifiedCandidate(
                read.Source, candidate.Slot, verified ? Final(read.Distances[i], candidate) : candidate.Estimate, verified));
        }
    }

    /// <summary>The distance that ranks: under a trained model the estimate may have a share in it.</summary>
    private float Final(float exact, in SearchCandidate candidate) => _lambda == 0 ? exact : exact + (_lambda * candidate.Estimate);

    // Candidates at the distance of the k-th all compete by id, so that the answer does not depend on slots.
    private List<VerifiedCandidate> TakeBest()
    {
        int count = Math.Min(_request.K, _scored.Count);
        int tied = count;
        while (count > 0 && tied < _scored.Count && _scored[tied].Distance == _scored[count - 1].Distance)
        {
            tied++;
        }

        List<VerifiedCandidate> best = _scored.GetRange(0, tied);
        best.Sort((x, y) => VerifiedCandidate.ByDistance(x, y) is not 0 and int order
            ? order
            : IdOf(x).Span.SequenceCompareTo(IdOf(y).Span));
        return best.GetRange(0, count);
    }

    private async Task<ReadOnlyMemory<byte>?[]> ReadPayloadsAsync(List<VerifiedCandidate> best, CancellationToken cancellationToken)
    {
        var payloads = new ReadOnlyMemory<byte>?[best.Count];
        if (!_request.IncludePayload)
        {
            Array.Fill(payloads, ReadOnlyMemory<byte>.Empty);
            return payloads;
        }

        for (int i = 0; i < best.Count; i++)
        {
            VerifiedCandidate candidate = best[i];
            payloads[i] = _ticket.Sources[candidate.Source].Tail is { } tail
                ? tail.PayloadOf(candidate.Slot)
                : Prefetched(candidate.Source, candidate.Slot);
        }

        // What the estimates did not foresee is read now, from all segments at once.
        int[] rest = [.. Enumerable.Range(0, best.Count).Where(i => payloads[i] is null && !_asked.Contains((best[i].Source, best[i].Slot)))];
        PayloadRead[] reads = await Task.WhenAll(rest
            .GroupBy(i => best[i].Source)
            .Select(group => ReadPayloadsAsync(group.Key, [.. group.Select(i => best[i].Slot)], cancellationToken)));
        Array.ForEach(reads, Accept);
        foreach (int i in rest)
        {
            payloads[i] = Prefetched(best[i].Source, best[i].Slot);
        }

        return payloads;
    }

    // The best k by estimate are asked for while their records are scored, so a cold query waits for the store once.
    private IEnumerable<Task<PayloadRead>> PrefetchPayloads(CancellationToken cancellationToken) => !_request.IncludePayload
        ? []
        : _request.Candidates
            .Take(_request.K)
            .Where(candidate => _ticket.Sources[candidate.Source].Segment is not null)
            .GroupBy(candidate => candidate.Source)
            .Select(group => ReadPayloadsAsync(group.Key, [.. group.Select(candidate => candidate.Slot)], cancellationToken));

    private async Task<PayloadRead> ReadPayloadsAsync(int source, int[] slots, CancellationToken cancellationToken)
    {
        Segment segment = _ticket.Sources[source].Segment!.Segment;
        return new PayloadRead(source, slots, await segment.Payloads.ReadAsync(slots, cancellationToken));
    }

    private void Accept(PayloadRead read)
    {
        for (int i = 0; i < read.Slots.Length; i++)
        {
            _asked.Add((read.Source, read.Slots[i]));
            if (read.Batch.Payloads[i] is { } payload)
            {
                _payloads[(read.Source, read.Slots[i])] = payload;
            }
        }

        _cost += new QueryCost(0, 0, 0, 0, read.Batch.BytesRead, read.Batch.Reads);
        if (read.Batch.Failure is CorruptBlobException damage)
        {
            OnCorrupt?.Invoke(_ticket.Sources[read.Source].Segment!.Segment.Location, damage);
        }
    }

    private ReadOnlyMemory<byte>? Prefetched(int source, int slot) =>
        // A bare null would become an empty payload here: memory converts from a null array.
        _payloads.TryGetValue((source, slot), out ReadOnlyMemory<byte> payload) ? payload : default(ReadOnlyMemory<byte>?);

    private ReadOnlyMemory<byte> IdOf(VerifiedCandidate candidate)
    {
        SearchSource source = _ticket.Sources[candidate.Source];
        return source.Tail is { } tail ? tail.IdOf(candidate.Slot) : source.Segment!.Segment.Ids.IdOf(candidate.Slot).ToArray();
    }

    private bool IsExpired(SegmentView view, int slot) =>
        view.Segment.Ids.HasExpiry && view.Segment.Ids.ExpiresAtMilliseconds(slot) is > 0 and long at && at <= _now;

    private sealed record PayloadRead(int Source, int[] Slots, PayloadBatch Batch);

    private sealed record ScoredSource(
        int Source, SearchCandidate[] Candidates, float[] Distances, DenseReadCost Cost, Exception? Failure);
}
