using Bigrain.Grains.Collections;
using Bigrain.Grains.Jobs;
using Bigrain.Index.Jobs;
using Bigrain.Index.Models;
using Bigrain.Index.Randomness;
using Bigrain.Index.Reindexing;

namespace Bigrain.Silo.Http;

/// <summary>Makes a reindex job of a request, after a first look at whether it can end well.</summary>
internal sealed class ReindexStart(
    ReindexKind kind, CollectionDirectory directory, JobStarter starter, JobInputs inputs, JobStore jobs, IRandomSource random)
{
    /// <summary>Makes the job.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="model">The trained model that came with it; null: none. It is stored beside the job.</param>
    /// <param name="cancellationToken">Gives up; the job may have been made.</param>
    public async Task<JobRecord> RunAsync(string collection, ReindexRequest request, TrainedModel? model, CancellationToken cancellationToken)
    {
        // What cannot end well is refused here already; the job looks again, as things may have changed when its turn comes.
        directory.Forget(collection);
        CollectionSnapshot known = await directory.GetAsync(collection, cancellationToken);
        await kind.RequireFeasibleAsync(known.Head, known.Generation, request, model, cancellationToken);
        string id = JobIds.Create(ReindexKind.KindName, random);
        try
        {
            if (model is not null)
            {
                await inputs.WriteAsync(id, 0, model.ToBlob(), cancellationToken);
            }

            return await starter.StartOnAsync(ReindexKind.KindName, collection, ReindexKind.BodyOf(request), id, cancellationToken);
        }
        catch (Exception) when (model is not null)
        {
            await jobs.RemoveDataAsync(id, CancellationToken.None);
            throw;
        }
    }
}
