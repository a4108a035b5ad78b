using System.Runtime.CompilerServices;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Memory;
using Bigrain.Kernels.Scan;

namespace Bigrain.Index.Coarse;

/// <summary>Searches a segment for a group of queries, leaf by leaf: the codes of a leaf are read once for all of them,
/// and unpacked once for four at a time.</summary>
/// <remarks>The nearest leaf of every query comes first, so that the other leaves meet thresholds.</remarks>
internal sealed unsafe class BatchSearch : IDisposable
{
    /// <summary>Memory for the tables of a group.</summary>
    private const int TablesBytes = 8 << 20;

    private const int LargestQueries = 1_024;

    private readonly CodedIndex _index;
    private readonly CoarseQuery[] _queries;
    private readonly Shortlist[] _shortlists;
    private readonly int _source;
    private readonly SearchScratch _scratch = SearchScratch.Current;
    private readonly AlignedBuffer<byte> _tables;
    private readonly TableRounding[] _roundings;
    private readonly float[] _lengths;
    private readonly int[] _nearestLeaves;
    private readonly float[] _nearestKeys;
    private readonly List<Visit> _visits = [];
    private Visit[] _sorted = [];
    private readonly int[] _leafEnds;

    public BatchSearch(CodedIndex index, ReadOnlySpan<CoarseQuery> queries, int source, ReadOnlySpan<Shortlist> shortlists)
    {
        _index = index;
        _queries = queries.ToArray();
        _shortlists = shortlists.ToArray();
        _source = source;
        _tables = new AlignedBuffer<byte>((nint)queries.Length * index.Form.TableBytes);
        _roundings = new TableRounding[queries.Length];
        _lengths = new float[queries.Length];
        _nearestLeaves = new int[queries.Length];
        _nearestKeys = new float[queries.Length];
        _leafEnds = new int[index.LeafCount + 1];
    }

    /// <summary>Queries that a group may have.</summary>
    public static int LargestGroup(int tableBytes) => Math.Clamp(TablesBytes / tableBytes, 16, LargestQueries);

    public void Run(ReadOnlySpan<ulong> deadSlots, ref SearchCost cost, CancellationToken cancellationToken)
    {
        var later = new List<Visit>(_queries.Length * 16);
        Route(later);
        Scan(_visits, deadSlots, ref cost, cancellationToken);
        Scan(later, deadSlots, ref cost, cancellationToken);
        Finish(later, deadSlots, ref cost, cancellationToken);
    }

    public void Dispose() => _tables.Dispose();

    /// <summary>Fills tables, and lists the nearest leaf of each query apart from the others.</summary>
    private void Route(List<Visit> later)
    {
        int dimension = _index.Dimension;
        LeafRouter router = _index.Router;
        using var keys = new AlignedBuffer<float>(router.IsEstimated ? 4 * router.KeyCount : 0);
        Span<float> fromOrigins = _scratch.Rotated(4 * dimension);
        for (int first = 0; first < _queries.Length; first += 4)
        {
            int count = Math.Min(4, _queries.Length - first);
            for (int i = 0; i < count; i++)
            {
                Span<float> fromOrigin = fromOrigins.Slice(i * dimension, dimension);
                _index.FromOrigin(_queries[first + i], fromOrigin);
                _roundings[first + i] = _index.Form.FillTable(fromOrigin, _tables.Slice((nint)(first + i) * _index.Form.TableBytes, _index.Form.TableBytes));
                _lengths[first + i] = Norm.Euclidean(fromOrigin);
            }

            bool four = router.IsEstimated && count == 4;
            if (four)
            {
                router.EstimateFour(_queries.AsSpan(first, 4), fromOrigins, _index.RotatedOrigin, _scratch, keys.Span);
            }

            for (int i = 0; i < count; i++)
            {
                CoarseQuery query = _queries[first + i];
                int wanted = CodedIndex.FirstWanted(query);
                ReadOnlySpan<float> leafKeys;
                ReadOnlySpan<int> leaves = four
                    ? router.Choose(query, keys.Slice((nint)i * router.KeyCount, router.KeyCount), wanted, _scratch, out leafKeys)
                    : router.Nearest(query, fromOrigins.Slice(i * dimension, dimension), _index.RotatedOrigin, wanted, _scratch, out leafKeys);
                int used = query.Nprobe > 0 ? Math.Min(query.Nprobe, leaves.Length) : leaves.Length;
                _nearestLeaves[first + i] = leaves[0];
                _nearestKeys[first + i] = leafKeys[0];
                _visits.Add(new Visit(first + i, leaves[0], leafKeys[0]));
                for (int j = 1; j < used; j++)
                {
                    later.Add(new Visit(first + i, leaves[j], leafKeys[j]));
                }
            }
        }
    }

    private void Scan(List<Visit> visits, ReadOnlySpan<ulong> deadSlots, ref SearchCost cost, CancellationToken cancellationToken)
    {
        ReadOnlySpan<Visit> sorted = SortByLeaf(visits);
        Span<int> pending = stackalloc int[NibbleScan.BatchQueries];
        int start = 0;
        while (start < sorted.Length)
        {
            cancellationToken.ThrowIfCancellationRequested();
            int leaf = sorted[start].Leaf;
            int waiting = 0;
            int end = start;
            for (; end < sorted.Length && sorted[end].Leaf == leaf; end++)
            {
                Visit visit = sorted[end];
                CoarseQuery query = _queries[visit.Query];
                if (query.Nprobe == 0 && IsBeyondReach(visit))
                {
                    continue;
                }

                pending[waiting++] = end;
                if (waiting == NibbleScan.BatchQueries)
                {
                    ScanFour(sorted, pending, deadSlots, ref cost);
                    waiting = 0;
                }
            }

            for (int i = 0; i < waiting; i++)
            {
                ScanOne(sorted[pending[i]], deadSlots, ref cost);
            }

            start = end;
        }
    }

    private void ScanOne(in Visit visit, ReadOnlySpan<ulong> deadSlots, ref SearchCost cost) => _index.ScanLeaf(
        visit.Leaf,
        TermsOf(visit),
        TableOf(visit),
        _source,
        deadSlots,
        _shortlists[visit.Query],
        _scratch,
        ref cost);

    private void ScanFour(ReadOnlySpan<Visit> sorted, ReadOnlySpan<int> places, ReadOnlySpan<ulong> deadSlots, ref SearchCost cost)
    {
        Span<EstimateTerms> terms = stackalloc EstimateTerms[NibbleScan.BatchQueries];
        byte** tables = stackalloc byte*[NibbleScan.BatchQueries];
        ShortlistFour four = default;
        Span<Shortlist> shortlists = four;
        for (int i = 0; i < NibbleScan.BatchQueries; i++)
        {
            Visit visit = sorted[places[i]];
            terms[i] = TermsOf(visit);
            tables[i] = TableOf(visit);
            shortlists[i] = _shortlists[visit.Query];
        }

        _index.ScanLeafFour(sorted[places[0]].Leaf, terms, tables, _source, deadSlots, shortlists, _scratch, ref cost);
    }

    /// <summary>Queries under automatic probing whose list of leaves ended within reach get the leaves beyond it.</summary>
    private void Finish(List<Visit> later, ReadOnlySpan<ulong> deadSlots, ref SearchCost cost, CancellationToken cancellationToken)
    {
        int place = 0;
        var done = new HashSet<int>();
        for (int query = 0; query < _queries.Length; query++)
        {
            int first = place;
            while (place < later.Count && later[place].Query == query)
            {
                place++;
            }

            int listed = place - first + 1;
            if (_queries[query].Nprobe > 0 || listed >= _index.LeafCount || (place > first && IsBeyondReach(later[place - 1])))
            {
                continue;
            }

            done.Clear();
            done.Add(_nearestLeaves[query]);
            for (int i = first; i < place; i++)
            {
                done.Add(later[i].Leaf);
            }

            ScanRest(query, done, deadSlots, ref cost, cancellationToken);
        }
    }

    private void ScanRest(int query, HashSet<int> done, ReadOnlySpan<ulong> deadSlots, ref SearchCost cost, CancellationToken cancellationToken)
    {
        Span<float> fromOrigin = _scratch.Rotated(_index.Dimension);
        _index.FromOrigin(_queries[query], fromOrigin);
        int wanted = done.Count;
        while (wanted < _index.LeafCount)
        {
            wanted = Math.Min(_index.LeafCount, 4 * wanted);
            ReadOnlySpan<int> leaves = _index.Router.Nearest(_queries[query], fromOrigin, _index.RotatedOrigin, wanted, _scratch, out ReadOnlySpan<float> keys);
            wanted = Math.Max(wanted, leaves.Length);
            for (int i = 0; i < leaves.Length; i++)
            {
                var visit = new Visit(query, leaves[i], keys[i]);
                if (IsBeyondReach(visit))
                {
                    return;
                }

                if (done.Add(leaves[i]))
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    ScanOne(visit, deadSlots, ref cost);
                }
            }
        }
    }

    private bool IsBeyondReach(in Visit visit) => _index.IsBeyondReach(
        _queries[visit.Query],
        _shortlists[visit.Query],
        _nearestLeaves[visit.Query],
        _nearestKeys[visit.Query],
        visit.Leaf,
        visit.Key);

    private EstimateTerms TermsOf(in Visit visit) =>
        _index.TermsOf(_queries[visit.Query], visit.Leaf, visit.Key, _roundings[visit.Query], _lengths[visit.Query]);

    private byte* TableOf(in Visit visit) => _tables.Pointer + ((nint)visit.Query * _index.Form.TableBytes);

    private ReadOnlySpan<Visit> SortByLeaf(List<Visit> visits)
    {
        if (_sorted.Length < visits.Count)
        {
            _sorted = new Visit[visits.Count];
        }

        Array.Clear(_leafEnds);
        foreach (Visit visit in visits)
        {
            _leafEnds[visit.Leaf + 1]++;
        }

        for (int leaf = 1; leaf < _leafEnds.Length; leaf++)
        {
            _leafEnds[leaf] += _leafEnds[leaf - 1];
        }

        foreach (Visit visit in visits)
        {
            _sorted[_leafEnds[visit.Leaf]++] = visit;
        }

        return _sorted.AsSpan(0, visits.Count);
    }

    private readonly record struct Visit(int Query, int Leaf, float Key);

    [InlineArray(NibbleScan.BatchQueries)]
    private struct ShortlistFour
    {
        private Shortlist _first;
    }
}
