using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Index.Blobs;
using Bigrain.Index.Jobs;

namespace Bigrain.Index.Tests.Jobs;

/// <summary>A job that makes one blob per step and counts the steps in its body; undone, it removes them.</summary>
internal sealed partial class CountingJob(IBlobStore store) : IJobKind
{
    public const int Steps = 4;

    public string Name => "count";

    /// <summary>Runs before each step; may throw, wait or cancel.</summary>
    public Func<JobContext, int, CancellationToken, Task> BeforeStep { get; set; } = static (_, _, _) => Task.CompletedTask;

    /// <summary>Runs before the undoing.</summary>
    public Func<Task> BeforeUndo { get; set; } = static () => Task.CompletedTask;

    public static JsonElement Start => JsonSerializer.SerializeToElement(new Progress(0), Json.Default.Progress);

    public async Task RunAsync(JobContext job, CancellationToken cancellationToken)
    {
        Progress progress = job.ReadBody(Json.Default.Progress);
        job.Unit = "steps";
        for (int step = progress.Next; step < Steps; step++)
        {
            await BeforeStep(job, step, cancellationToken);
            await store.CreateAsync($"work/{job.Id}/{step}", new byte[] { (byte)step }, cancellationToken);
            await job.SaveAsync(new Progress(step + 1), Json.Default.Progress, "counting", step + 1, Steps, cancellationToken);
        }

        job.SetResult(new Progress(Steps), Json.Default.Progress);
    }

    public async Task UndoAsync(JobContext job, CancellationToken cancellationToken)
    {
        await BeforeUndo();
        for (int step = 0; step < Steps; step++)
        {
            await store.DeleteAsync($"work/{job.Id}/{step}", null, cancellationToken);
        }
    }

    internal sealed record Progress(int Next);

    [JsonSerializable(typeof(Progress))]
    private sealed partial class Json : JsonSerializerContext;
}
