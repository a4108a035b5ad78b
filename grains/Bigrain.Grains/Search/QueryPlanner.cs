using System.Runtime.CompilerServices;
using Bigrain.Grains.Collections;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Models;
using Bigrain.Index.Partitions;
using Bigrain.Index.Queries;

namespace Bigrain.Grains.Search;

/// <summary>Plans queries of a generation: which silos, and which vectors.</summary>
/// <remarks>Where the generation has a trained model the query goes through its heads here, once, whatever number of silos it asks. Thread
/// safe. A model stays as long as the description of its generation is known.</remarks>
internal sealed class QueryPlanner(QueryTargets targets, PartitionServices services)
{
    private readonly ConditionalWeakTable<GenerationRecord, LearnedTables> _models = [];

    /// <summary>Plans a query over the current generation.</summary>
    /// <exception cref="CorruptBlobException">The generation's model is missing or damaged.</exception>
    /// <exception cref="BlobStoreException">The store failed while the model was read.</exception>
    public async ValueTask<QueryPlan> PlanAsync(CollectionSnapshot known, QuerySpec spec, CancellationToken cancellationToken)
    {
        var plan = new QueryPlan
        {
            Incarnation = known.Head.Incarnation,
            Generation = known.Generation.Generation,
            Targets = [.. targets.Of(known)],
            Representation = spec.Representation,
            Metric = known.Head.Schema.Representations[spec.Representation].Metric,
            Vector = spec.Vector,
            K = spec.K,
            Nprobe = spec.Nprobe,
            Shortlist = spec.Shortlist,
            Consistency = spec.Consistency,
            MinSequences = spec.MinSequences,
            IncludePayload = spec.IncludePayload,
            Budget = spec.Budget,
        };
        return known.Generation.HasModel && spec.Representation == 0
            ? Through(await ModelAsync(known, cancellationToken), plan)
            : plan;
    }

    private static QueryPlan Through(ModelTransform model, QueryPlan plan) => plan with
    {
        Vector = model.CoarseQuery(plan.Vector.Span),
        DenseVector = model.DenseQuery(plan.Vector.Span),
        Model = model.Hash,
        Shortlist = plan.Shortlist == 0 ? model.Shortlist : plan.Shortlist,
    };

    private async ValueTask<ModelTransform> ModelAsync(CollectionSnapshot known, CancellationToken cancellationToken)
    {
        if (!_models.TryGetValue(known.Generation, out LearnedTables? tables))
        {
            tables = (await services.Tables.GetAsync(known.Head, known.Generation, cancellationToken))!;
            _models.AddOrUpdate(known.Generation, tables);
        }

        return tables.Model!;
    }
}
