namespace Bigrain.Api.Jobs;

/// <summary>States of a job.</summary>
public static class JobStates
{
    /// <summary>Not started yet.</summary>
    public const string Queued = "queued";

    /// <summary>At work.</summary>
    public const string Running = "running";

    /// <summary>Done.</summary>
    public const string Succeeded = "succeeded";

    /// <summary>Ended by an error.</summary>
    public const string Failed = "failed";

    /// <summary>Ended by its owner.</summary>
    public const string Cancelled = "cancelled";
}
