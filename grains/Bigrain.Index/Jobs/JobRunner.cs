namespace Bigrain.Index.Jobs;

/// <summary>Who runs a job, or ran it last.</summary>
/// <param name="Silo">Name of the silo.</param>
/// <param name="Attempt">How often the job was taken over, from 1.</param>
/// <param name="Mark">Random, of this one run: a silo that crashed and came back is another runner.</param>
public sealed record JobRunner(string Silo, int Attempt, string Mark);
