using Bigrain.Index.Coarse;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Tests.Coarse;

/// <summary>Segments of several partitions, searched and verified the way a silo does it.</summary>
internal sealed class PartitionedIndex : IDisposable
{
    private readonly float[] _rows;
    private readonly int _dimension;
    private readonly Metric _metric;
    private readonly List<CoarseIndex> _segments = [];
    private readonly List<int[]> _rowOfSlot = [];

    public PartitionedIndex(float[] rows, int dimension, Metric metric, CodecSpec wish, int partitions, CoarseOptions options, CancellationToken stop)
    {
        (_rows, _dimension, _metric) = (rows, dimension, metric);
        for (int partition = 0; partition < partitions; partition++)
        {
            int[] own = [.. Enumerable.Range(0, rows.Length / dimension).Where(row => (uint)(row * 2_654_435_761) % partitions == partition)];
            LeafLayout layout = LeafBuilder.Build(new MemoryVectorSource(rows, dimension, own), metric, options, 11, stop);
            int[] rowOfSlot = [.. layout.RowOfSlot.ToArray().Select(position => own[position])];
            using var file = new MemoryStream();
            CoarseWriter.Write(file, new MemoryVectorSource(rows, dimension, rowOfSlot), layout, metric, wish, 5, options, stop);
            file.Position = 0;
            _segments.Add(CoarseIndex.Load(file, $"part/{partition}"));
            _rowOfSlot.Add(rowOfSlot);
        }
    }

    public IReadOnlyList<CoarseIndex> Segments => _segments;

    public SearchCost Cost { get; private set; }

    public long RecordsVerified { get; private set; }

    public int[] Search(float[] vector, int k, int nprobe, int capacity, CancellationToken stop)
    {
        var query = new CoarseQuery(vector, _metric, k, nprobe);
        var shortlist = new Shortlist(k, capacity);
        SearchCost cost = Cost;
        for (int source = 0; source < _segments.Count; source++)
        {
            _segments[source].Search(query, source, default, shortlist, ref cost, stop);
        }

        Cost = cost;
        shortlist.Cut();
        RecordsVerified += shortlist.Count;
        var found = new List<(float Distance, int Row)>();
        for (int i = 0; i < shortlist.Count; i++)
        {
            int row = _rowOfSlot[shortlist.Sources[i]][shortlist.Slots[i]];
            float[] record = _rows.AsSpan(row * _dimension, _dimension).ToArray();
            if (_metric == Metric.Cosine)
            {
                RankDistance.Normalise(record);
            }

            found.Add((RankDistance.Compute(_metric, query.Vector, record), row));
        }

        return [.. found.Order().Take(k).Select(hit => hit.Row)];
    }

    public void Dispose() => _segments.ForEach(segment => segment.Dispose());
}
