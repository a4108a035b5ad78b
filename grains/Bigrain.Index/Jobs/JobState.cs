namespace Bigrain.Index.Jobs;

/// <summary>How far a job is, as its record says.</summary>
public enum JobState
{
    /// <summary>Not ended: at work, waiting for a silo, or undoing what it did.</summary>
    Running = 1,

    /// <summary>Done.</summary>
    Succeeded = 2,

    /// <summary>Ended by an error.</summary>
    Failed = 3,

    /// <summary>Ended by its owner.</summary>
    Cancelled = 4,
}
