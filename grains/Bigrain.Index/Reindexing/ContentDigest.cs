using System.IO.Hashing;
using System.Runtime.InteropServices;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;
using Bigrain.Index.Segments;
using Bigrain.Index.Tails;

namespace Bigrain.Index.Reindexing;

/// <summary>Which documents a set of partitions holds, in a form that can be compared: for each of 4,096 buckets of the id hash the number
/// of living, unexpired documents and a hash over their ids and versions that does not depend on their order.</summary>
/// <remarks>Digests of partitions add up, so two generations compare whatever their partition counts are. Not thread safe.</remarks>
public sealed class ContentDigest
{
    /// <summary>Buckets: ranges of the upper bits of the id hash.</summary>
    public const int BucketCount = 1 << BucketBits;

    private const int BucketBits = 12;

    private readonly Bucket[] _buckets = new Bucket[BucketCount];

    /// <summary>Documents in all buckets.</summary>
    public long DocumentCount { get; private set; }

    /// <summary>Digests of what partitions hold now; their snapshots are taken in one moment, so that under writes they differ by little.</summary>
    /// <param name="partitions">Open partitions.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>One digest for each.</returns>
    /// <exception cref="Errors.BigrainException"><see cref="Errors.ErrorCode.Unavailable"/>: one of them is closing.</exception>
    public static ContentDigest[] Of(IReadOnlyList<Partition> partitions, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(partitions);
        var snapshots = new List<PartitionSnapshot>();
        try
        {
            foreach (Partition partition in partitions)
            {
                snapshots.Add(partition.TakeSnapshot());
            }

            var digests = new ContentDigest[partitions.Count];
            for (int i = 0; i < digests.Length; i++)
            {
                PartitionServices services = partitions[i].Services;
                digests[i] = new ContentDigest();
                digests[i].Add(snapshots[i], services.IdHash, services.Time.GetUtcNow().ToUnixTimeMilliseconds(), cancellationToken);
            }

            return digests;
        }
        finally
        {
            snapshots.ForEach(snapshot => snapshot.Release());
        }
    }

    /// <summary>The digest of all partitions together.</summary>
    public static ContentDigest Merge(IEnumerable<ContentDigest> digests)
    {
        ArgumentNullException.ThrowIfNull(digests);
        var merged = new ContentDigest();
        foreach (ContentDigest digest in digests)
        {
            for (int i = 0; i < BucketCount; i++)
            {
                merged._buckets[i].Add(digest._buckets[i]);
            }

            merged.DocumentCount += digest.DocumentCount;
        }

        return merged;
    }

    /// <summary>Documents of one bucket.</summary>
    public long CountOf(int bucket) => _buckets[bucket].Count;

    /// <summary>Whether both hold the same documents of a bucket, in the same versions.</summary>
    public bool IsEqual(ContentDigest other, int bucket)
    {
        ArgumentNullException.ThrowIfNull(other);
        return _buckets[bucket].Equals(other._buckets[bucket]);
    }

    /// <summary>Adds a document.</summary>
    /// <param name="id">Its id, UTF-8.</param>
    /// <param name="idHash">Hash of the id.</param>
    /// <param name="version">The write that made it.</param>
    public void Add(ReadOnlySpan<byte> id, ulong idHash, RowVersion version)
    {
        ulong seed = ((ulong)version.Sequence * 0x9E3779B97F4A7C15) ^ (uint)version.Row;
        ulong hash = XxHash3.HashToUInt64(id, (long)seed);
        _buckets[idHash >> (64 - BucketBits)].Add(new Bucket { Count = 1, Sum = hash, Xor = hash * 0xC2B2AE3D27D4EB4F });
        DocumentCount++;
    }

    /// <summary>Packs the buckets that hold anything.</summary>
    public byte[] Encode()
    {
        var writer = new PackedWriter(16 + (BucketCount * 24));
        int[] used = [.. Enumerable.Range(0, BucketCount).Where(i => _buckets[i].Count > 0)];
        writer.WriteArray<int>(used);
        foreach (int i in used)
        {
            writer.Write<Bucket>([_buckets[i]]);
        }

        return writer.ToArray();
    }

    /// <summary>Reads a packed digest.</summary>
    public static ContentDigest Decode(ReadOnlySpan<byte> bytes)
    {
        var reader = new PackedReader(bytes);
        var digest = new ContentDigest();
        foreach (int bucket in reader.ReadArray<int>())
        {
            digest._buckets[bucket] = reader.Read<Bucket>();
            digest.DocumentCount += digest._buckets[bucket].Count;
        }

        return digest;
    }

    private void Add(PartitionSnapshot snapshot, Documents.IIdHash idHash, long now, CancellationToken cancellationToken)
    {
        foreach (SegmentView view in snapshot.Segments)
        {
            ReadOnlySpan<ulong> hidden = view.HiddenSlots(now);
            for (int slot = 0; slot < view.Segment.SlotCount; slot++)
            {
                if ((slot & 0xFFFF) == 0)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                }

                if (hidden.IsEmpty || ((hidden[slot >> 6] >> (slot & 63)) & 1) == 0)
                {
                    ReadOnlySpan<byte> id = view.Segment.Ids.IdOf(slot);
                    Add(id, idHash.Hash(id), view.Segment.Ids.VersionOf(slot));
                }
            }
        }

        foreach (TailView tail in snapshot.Tails)
        {
            for (int row = 0; row < tail.RowCount; row++)
            {
                if (tail.IsAlive(row) && !tail.IsExpired(row, now))
                {
                    Add(tail.IdOf(row).Span, tail.IdHashOf(row), tail.VersionOf(row));
                }
            }
        }
    }

    [StructLayout(LayoutKind.Sequential, Pack = 8)]
    private struct Bucket : IEquatable<Bucket>
    {
        public long Count;
        public ulong Sum;
        public ulong Xor;

        public void Add(Bucket other)
        {
            Count += other.Count;
            Sum += other.Sum;
            Xor ^= other.Xor;
        }

        public readonly bool Equals(Bucket other) => Count == other.Count && Sum == other.Sum && Xor == other.Xor;

        public override readonly bool Equals(object? obj) => obj is Bucket other && Equals(other);

        public override readonly int GetHashCode() => HashCode.Combine(Count, Sum, Xor);
    }
}
