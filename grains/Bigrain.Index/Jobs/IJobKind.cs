namespace Bigrain.Index.Jobs;

/// <summary>One kind of work that outlives requests, silos and crashes.</summary>
/// <remarks>
/// <para>Both methods are called again from their start, in the same process after a failure that may pass, or by another silo
/// after a crash, and for a moment two silos may be in them at once: each reads the job's body, goes on from there, and does
/// nothing that harms when it is done twice.</para>
/// <para>The token fires when the job is cancelled, when another silo took it over and when the process stops: let the
/// <see cref="OperationCanceledException"/> through. Saving throws it too.</para>
/// </remarks>
public interface IJobKind
{
    /// <summary>Its name in records and requests.</summary>
    string Name { get; }

    /// <summary>Does the work; the job has succeeded when this returns.</summary>
    /// <param name="job">The job.</param>
    /// <param name="cancellationToken">Stop.</param>
    /// <exception cref="Errors.BigrainException">A code that may pass (<see cref="Errors.BigrainException.Retryable"/>, or Fenced) has it
    /// called again; any other one fails the job.</exception>
    Task RunAsync(JobContext job, CancellationToken cancellationToken);

    /// <summary>Takes back what a job did that fails or was cancelled, before it ends as that.</summary>
    /// <param name="job">The job; its record says why.</param>
    /// <param name="cancellationToken">Stop: another silo took it over, or the process ends.</param>
    Task UndoAsync(JobContext job, CancellationToken cancellationToken) => Task.CompletedTask;
}
