using Bigrain.Grains.Collections;
using Bigrain.Index.Jobs;
using Bigrain.Index.Models;
using Bigrain.Index.Reindexing;

namespace Bigrain.Silo.Http;

/// <summary>Makes a reindex job of a request, after a first look at whether it can end well.</summary>
internal sealed class ReindexStart(ReindexKind kind, CollectionDirectory directory, JobRequests requests, JobInputs inputs, JobStore jobs)
{
    /// <summary>Makes the job.</summary>
    /// <param name="collection">Name of the collection.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="model">The trained model that came with it; null: none. It is stored beside the job.</param>
    /// <param name="key">Key of the request; null: none.</param>
    /// <param name="cancellationToken">Gives up; the job may have been made.</param>
    public async Task<JobRecord> RunAsync(
        string collection, ReindexRequest request, TrainedModel? model, string? key, CancellationToken cancellationToken)
    {
        JobName name = requests.NameOf(key, ReindexKind.KindName);
        directory.Forget(collection);
        try
        {
            return await requests.StartOnAsync(name, collection, ReindexKind.BodyOf(request), PrepareAsync, cancellationToken);
        }
        catch (Exception) when (model is not null && !name.IsKeyed)
        {
            // Under a key the same request may be on its way once more with the same model: what no job names is garbage.
            await jobs.RemoveDataAsync(name.Id, CancellationToken.None);
            throw;
        }

        async Task PrepareAsync(CancellationToken token)
        {
            // What cannot end well is refused here already; the job looks again, as things may have changed when its turn comes.
            CollectionSnapshot known = await directory.GetAsync(collection, token);
            await kind.RequireFeasibleAsync(known.Head, known.Generation, request, model, token);
            if (model is not null)
            {
                await inputs.WriteAsync(name.Id, 0, model.ToBlob(), token);
            }
        }
    }
}
