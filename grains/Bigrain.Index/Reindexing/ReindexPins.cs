using System.Runtime.CompilerServices;
using System.Text.Json;
using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Bigrain.Index.Garbage;
using Bigrain.Index.Jobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;

namespace Bigrain.Index.Reindexing;

/// <summary>What running reindex jobs read and make: the folder of the new generation, and the segments it is made of.</summary>
/// <param name="store">The store.</param>
/// <param name="time">Clock.</param>
public sealed class ReindexPins(IBlobStore store, TimeProvider time) : IPinSource
{
    private readonly JobStore _jobs = new(store, time);

    /// <inheritdoc/>
    public async IAsyncEnumerable<string> ReadPinsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (JobRecord record in _jobs.ReadAllAsync(cancellationToken))
        {
            if (record is { HasEnded: false, Kind: ReindexKind.KindName })
            {
                await foreach (string pin in ReadPinsAsync(DataPaths.Job(record.Id), record, cancellationToken))
                {
                    yield return pin;
                }
            }
        }
    }

    private async IAsyncEnumerable<string> ReadPinsAsync(
        string blob, JobRecord record, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ReindexBody body = BodyOf(blob, record);
        if (body.Request.Action != ReindexAction.Build || body.Generation is not { } generation || record.Incarnation is not { } incarnation)
        {
            yield break;
        }

        yield return DataPaths.GenerationFolder(new CollectionIncarnation(incarnation), generation);
        if (body.SourcesBlob is not { } sources || body.IsBuilt)
        {
            yield break;
        }

        // A runner that ended the job since has removed it.
        if (await store.ReadAsync(sources, cancellationToken) is not { } content)
        {
            yield break;
        }

        foreach (PinnedPartition partition in PinnedPartitions.Decode(content.Bytes.Span))
        {
            foreach (SegmentDescriptor segment in partition.Manifest.Segments)
            {
                var location = SegmentLocation.Of(partition.Key, segment.Name);
                foreach (SegmentFile file in segment.DeletesFile is { } deletes ? segment.Files.Add(deletes) : segment.Files)
                {
                    yield return location.Blob(file.Name);
                }
            }
        }
    }

    private static ReindexBody BodyOf(string blob, JobRecord record)
    {
        try
        {
            return record.Body?.Deserialize(FormatJson.Default.ReindexBody)
                ?? throw new CorruptBlobException(blob, BlobEnvelope.HeaderBytes, "the body of a reindex job", "none");
        }
        catch (JsonException error)
        {
            throw new CorruptBlobException(blob, BlobEnvelope.HeaderBytes, "the body of a reindex job", error.Message);
        }
    }
}
