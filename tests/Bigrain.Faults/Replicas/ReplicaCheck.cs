using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using Bigrain.Index.Documents;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Routing;
using Bigrain.Index.Tails;

namespace Bigrain.Faults.Replicas;

/// <summary>Compares replicas and their answers with the documents that the log defines.</summary>
/// <param name="models">What the documents of each stream are.</param>
/// <param name="hash">Hash of ids.</param>
/// <param name="partitionCount">Partitions of the collection.</param>
internal sealed class ReplicaCheck(IReadOnlyList<StreamModel> models, IIdHash hash, int partitionCount)
{
    private readonly ConditionalWeakTable<Partition, PartitionSnapshot> _checked = [];

    /// <summary>What a replica shows at this moment is exactly what the entries it has applied define: nothing twice, nothing missing.</summary>
    public void RequireExact(string silo, Partition partition)
    {
        PartitionSnapshot snapshot = partition.TakeSnapshot();
        try
        {
            // A snapshot never changes: what was looked at once need not be looked at again.
            if (_checked.TryGetValue(partition, out PartitionSnapshot? last) && last == snapshot)
            {
                return;
            }

            _checked.AddOrUpdate(partition, snapshot);
            RequireSame($"{silo}: partition {partition.Key.Partition}", Expected(partition, snapshot.Applied, byVersion: true), Found(snapshot));
        }
        finally
        {
            snapshot.Release();
        }
    }

    /// <summary>The hits of an answer are exactly what the entries that the replica has applied define.</summary>
    public void RequireExact(string silo, Partition partition, IEnumerable<QueryHit> hits)
    {
        ImmutableArray<long> applied = [.. models.Select((_, stream) => partition.AppliedSequence(stream))];
        IEnumerable<(string, string)> found = hits
            .Where(hit => HashRange.Of(hash.Hash(hit.Id.Span), partitionCount) == partition.Key.Partition)
            .Select(hit => (Encoding.UTF8.GetString(hit.Id.Span), Encoding.UTF8.GetString(hit.Payload.Span)));
        RequireSame($"{silo}: answer of partition {partition.Key.Partition}", Expected(partition, applied, byVersion: false), found);
    }

    private static void RequireSame(string where, SortedDictionary<string, string> expected, IEnumerable<(string Id, string What)> found)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach ((string id, string what) in found)
        {
            Require(seen.Add(id), $"{where} shows document {id} twice");
            Require(expected.TryGetValue(id, out string? right), $"{where} shows document {id} ({what}), which does not exist");
            Require(right == what, $"{where} shows document {id} as {what}, it should be {right}");
        }

        foreach (string id in expected.Keys)
        {
            Require(seen.Contains(id), $"{where} does not show document {id} ({expected[id]})");
        }
    }

    private static IEnumerable<(string Id, string Version)> Found(PartitionSnapshot snapshot)
    {
        foreach (SegmentView view in snapshot.Segments)
        {
            for (int slot = 0; slot < view.Segment.SlotCount; slot++)
            {
                if (!view.Deletes.IsDead(slot))
                {
                    yield return (Encoding.UTF8.GetString(view.Segment.Ids.IdOf(slot)), Text(view.Segment.Ids.VersionOf(slot)));
                }
            }
        }

        foreach (TailView tail in snapshot.Tails)
        {
            for (int row = 0; row < tail.RowCount; row++)
            {
                if (tail.IsAlive(row))
                {
                    yield return (Encoding.UTF8.GetString(tail.IdOf(row).Span), Text(tail.VersionOf(row)));
                }
            }
        }
    }

    private static string Text(Bigrain.Index.Segments.RowVersion version) =>
        string.Create(CultureInfo.InvariantCulture, $"{version.Sequence}/{version.Row}");

    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailure(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }

    private SortedDictionary<string, string> Expected(Partition partition, ImmutableArray<long> applied, bool byVersion)
    {
        var expected = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (int stream in partition.Streams)
        {
            Require(
                applied[stream] <= models[stream].LastSequence,
                $"partition {partition.Key.Partition} has applied {applied[stream]} of stream {stream}, whose log ends at {models[stream].LastSequence}");
            foreach ((string id, string version, string payload) in models[stream].DocumentsAt(applied[stream]))
            {
                if (HashRange.Of(hash.Hash(Encoding.UTF8.GetBytes(id)), partitionCount) == partition.Key.Partition)
                {
                    expected.Add(id, byVersion ? version : payload);
                }
            }
        }

        return expected;
    }
}
