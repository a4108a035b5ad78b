using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Errors;
using Bigrain.Index.Models;
using Bigrain.Index.Partitions;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Reindexing;

/// <summary>Decides what a new generation is like, and whether the cluster can hold it beside the current one.</summary>
/// <param name="parts">What it works with.</param>
/// <param name="request">What was asked.</param>
/// <param name="model">The trained model that the new generation gets; null: none.</param>
internal sealed class ReindexPlan(ReindexParts parts, ReindexRequest request, TrainedModel? model)
{
    /// <summary>Makes a plan: with the model that came, or with that of the current generation where nothing else is asked for.</summary>
    public static async Task<ReindexPlan> MakeAsync(
        ReindexParts parts, CollectionHead head, GenerationRecord source, ReindexRequest request, TrainedModel? sent, CancellationToken cancellationToken)
    {
        bool isKept = sent is null && source.HasModel && request.Codec is null && request.Partitions is null;
        LearnedTables? kept = isKept ? await parts.Services.Tables.GetAsync(head, source, cancellationToken) : null;
        return new ReindexPlan(parts, request, sent ?? kept?.Model?.File);
    }

    /// <summary>Refuses what cannot end well, before anything is written.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: a silo lacks memory (with the numbers), or is of a release that
    /// could not read the new generation, or there are too few documents to learn its codec from; <see cref="ErrorCode.InvalidArgument"/>: the
    /// request does not fit the collection.</exception>
    public async Task RequireFeasibleAsync(CollectionHead head, GenerationRecord source, CancellationToken cancellationToken)
    {
        request.Validate();
        RequireFit(head.Schema.Default);
        foreach (int partition in request.Partitions ?? [])
        {
            if (partition < 0 || partition >= source.PartitionCount)
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument, $"there is no partition {partition}: '{head.Name}' has 0 to {source.PartitionCount - 1}", "partition");
            }
        }

        RepresentationSchema representation = Outline(head, source, 0, 0, default).SchemaOf(head.Schema).Default;
        if (representation.Codec is { Kind: CodecKind.Pq } codec && codec.SubspaceCount > representation.Dimension)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, $"codec {codec} has more subspaces than the dimension {representation.Dimension}", "codec");
        }

        ImmutableArray<SiloCapacity> silos = await parts.Cluster.GetSilosAsync(cancellationToken);
        if (silos.FirstOrDefault(silo => silo.ReaderVersion < CollectionCatalog.ReaderVersion) is { Name: { } old })
        {
            throw new BigrainException(
                ErrorCode.Conflict, $"silo '{old}' is of an older release, which could not serve a new generation: upgrade every silo first", "collection");
        }

        await RequireDocumentsAndMemoryAsync(head, source, silos, cancellationToken);
    }

    /// <summary>Describes the new generation, but for tables that are still to be learned.</summary>
    public GenerationRecord Describe(CollectionHead head, GenerationRecord source, ReindexBody body) =>
        Outline(head, source, body.Generation!.Value, body.RotationSeed, body.ChosenAt);

    /// <summary>Whether a generation needs tables that it does not have.</summary>
    public static bool MustLearn(GenerationRecord generation) => generation.Representations[0] is { Codec.Kind: CodecKind.Pq, Tables: null };

    /// <summary>Whether its tables are the model's, and nothing has to be learned.</summary>
    public bool HasModel => model is not null;

    /// <summary>Learns the tables of a generation, once: an earlier attempt of this job may have stored them.</summary>
    public async Task<GenerationRecord> LearnAsync(
        CollectionHead head, GenerationRecord target, ImmutableArray<PinnedPartition> pinned, CancellationToken cancellationToken)
    {
        GenerationRepresentation coded = target.Representations[0];
        if (model is not null)
        {
            TablesReference file = await parts.Services.Tables.WriteAsync(head, target.Generation, LearnedTables.Of(model), cancellationToken);
            return target with { Representations = target.Representations.SetItem(0, coded with { Tables = file }) };
        }

        string blob = DataPaths.Tables(head.Incarnation, target.Generation, coded.Name);
        LearnedTables tables = await parts.Services.Store.ReadAsync(blob, cancellationToken) is { } stored
            ? LearnedTables.Parse(blob, stored.Bytes)
            : await TableTraining.TrainAsync(head, coded.Codec, target.PartitionCount, target.RotationSeed, pinned, parts.Services, cancellationToken);
        TablesReference reference = await parts.Services.Tables.WriteAsync(head, target.Generation, tables, cancellationToken);
        return target with { Representations = target.Representations.SetItem(0, coded with { Tables = reference }) };
    }

    private GenerationRecord Outline(CollectionHead head, GenerationRecord source, int generation, ulong rotationSeed, DateTimeOffset chosenAt)
    {
        GenerationRepresentation before = source.Representations[0];
        RepresentationSchema created = head.Schema.Default;
        if (request.Partitions is { } rebuilt)
        {
            // The tables and the seed that they were learned with stay: codes of all partitions must mean the same.
            return source with
            {
                Generation = generation,
                CreatedAt = chosenAt,
                Representations = source.Representations.SetItem(0, before with { Codec = request.Codec ?? before.Codec }),
                Homes = [.. Enumerable.Range(0, source.PartitionCount).Select(partition => rebuilt.Contains(partition) ? generation : source.HomeOf(partition))],
            };
        }

        DenseType dense = request.DenseType ?? before.DenseType ?? created.DenseType;
        var after = new GenerationRepresentation(before.Name, CodecOf(model) ?? request.Codec ?? created.Codec)
        {
            DenseType = dense == created.DenseType ? null : dense,
            CoarseSource = model is null ? null : CoarseSource.Head,
        };
        return new GenerationRecord(
            generation, request.PartitionCount ?? source.PartitionCount, rotationSeed, source.Representations.SetItem(0, after), chosenAt);
    }

    private static CodecSpec? CodecOf(TrainedModel? model) =>
        model is null ? null : CodecSpec.Pq(model.Content.Codebooks.SubspaceCount, model.Content.Codebooks.Bits);

    /// <summary>Refuses a model that was trained for something else.</summary>
    private void RequireFit(RepresentationSchema representation)
    {
        if (model is null)
        {
            return;
        }

        string? fault = model.HashText != (request.Model ?? model.HashText) ? "the model is not the one that was sent: start again"
            : model.Content.Dimension != representation.Dimension
                ? $"the model is for {model.Content.Dimension} dimensions and the collection has {representation.Dimension}: train it on vectors of the collection"
            : model.Content.Metric != representation.Metric
                ? $"the model is for {model.Content.Metric.ToString().ToLowerInvariant()} and the collection compares by {representation.Metric.ToString().ToLowerInvariant()}: train it with that metric"
            : model.Content.Centroids is not null ? "models with coarse centroids are not served: train without them"
            : null;
        if (fault is not null)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, fault, "model");
        }
    }

    /// <summary>Refuses a codec that so few documents would not teach; what is in tails counts, as it is made into segments first
    /// where there is time for that.</summary>
    private static void RequireEnough(CodecSpec codec, long documents)
    {
        long needed = TableTraining.DocumentsNeeded(codec);
        if (documents < needed)
        {
            throw new BigrainException(
                ErrorCode.Conflict,
                FormattableString.Invariant($"codec {codec} is learned from at least {needed} documents and the collection holds {documents}: load more, or use rabitq"),
                "codec");
        }
    }

    private async Task RequireDocumentsAndMemoryAsync(
        CollectionHead head, GenerationRecord source, ImmutableArray<SiloCapacity> silos, CancellationToken cancellationToken)
    {
        ImmutableArray<long> counts = await parts.Cluster.CountAsync(head, source.KeysOf(head.Incarnation), cancellationToken);
        GenerationRecord outline = Outline(head, source, head.NextGeneration, 0, default);
        if (model is null && MustLearn(outline))
        {
            RequireEnough(outline.Representations[0].Codec, request.Partitions is { } some ? some.Sum(partition => counts[partition]) : counts.Sum());
        }

        GenerationRecord target = WithTables(outline);
        var needed = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (int partition in target.OwnPartitions())
        {
            long documents = request.Partitions is null ? counts.Sum() / target.PartitionCount : counts[partition];
            long bytes = GenerationPrice.EstimatePartition(documents, head.Schema, target, parts.Services.Coarse, parts.Services.Options);
            foreach (string owner in parts.Cluster.OwnersOf(target.KeyOf(head.Incarnation, partition), head.Schema.ReplicaCount))
            {
                // The model is there once, however many partitions a silo has.
                needed[owner] = needed.GetValueOrDefault(owner, model is null ? 0 : LearnedTables.Of(model).MemoryBytes) + bytes;
            }
        }

        foreach (SiloCapacity silo in silos)
        {
            long bytes = needed.GetValueOrDefault(silo.Name);
            if (silo.UsedBytes + bytes > silo.BudgetBytes)
            {
                throw new BigrainException(
                    ErrorCode.Conflict,
                    $"silo '{silo.Name}' holds {Mebibytes(silo.UsedBytes)} MiB of its budget of {Mebibytes(silo.BudgetBytes)} MiB, and its share of the new "
                    + $"generation needs about {Mebibytes(bytes)} MiB beside that: raise --memory, add silos, or rebuild a few partitions at a time (partition)",
                    "memory");
            }
        }
    }

    /// <summary>The generation as it will be once its tables are learned.</summary>
    private static GenerationRecord WithTables(GenerationRecord target) => MustLearn(target)
        ? target with
        {
            Representations = target.Representations.SetItem(0, target.Representations[0] with { Tables = new TablesReference(target.Generation, 0, "") }),
        }
        : target;

    private static long Mebibytes(long bytes) => (bytes + (1 << 20) - 1) >> 20;
}
