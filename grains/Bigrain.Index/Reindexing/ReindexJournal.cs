using Bigrain.Index.Formats;
using Bigrain.Index.Jobs;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Reindexing;

/// <summary>What a run has decided: in the job's record before anything follows from it, so that the next runner decides nothing twice.</summary>
/// <param name="job">The job.</param>
/// <param name="incarnation">The life of the collection that it was made for.</param>
internal sealed class ReindexJournal(JobContext job, CollectionIncarnation incarnation)
{
    /// <summary>The job.</summary>
    public JobContext Job => job;

    /// <summary>The life of the collection that the job was made for.</summary>
    public CollectionIncarnation Incarnation => incarnation;

    /// <summary>Request and decisions.</summary>
    public ReindexBody Body { get; private set; } = job.ReadBody(FormatJson.Default.ReindexBody);

    /// <summary>What was asked.</summary>
    public ReindexRequest Request => Body.Request;

    /// <summary>Notes a stage and how far it is.</summary>
    public Task SaveAsync(string stage, long done, long total, CancellationToken cancellationToken) =>
        job.SaveAsync(Body, FormatJson.Default.ReindexBody, stage, done, total, cancellationToken);

    /// <summary>Notes a decision, and how far the stage is.</summary>
    public Task SaveAsync(ReindexBody decided, string stage, long done, long total, CancellationToken cancellationToken)
    {
        Body = decided;
        return SaveAsync(stage, done, total, cancellationToken);
    }

    /// <summary>Notes what verification found; it goes out with the next save, as the job's result too.</summary>
    public void Report(ReindexReport report)
    {
        Body = Body with { Report = report };
        job.SetResult(report, FormatJson.Default.ReindexReport);
    }
}
