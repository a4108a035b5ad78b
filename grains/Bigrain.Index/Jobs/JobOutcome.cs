namespace Bigrain.Index.Jobs;

/// <summary>Why a runner let go of a job.</summary>
public enum JobOutcome
{
    /// <summary>There is no such job.</summary>
    Missing = 1,

    /// <summary>It has ended, now or before.</summary>
    Ended = 2,

    /// <summary>Another runner has it.</summary>
    Lost = 3,

    /// <summary>The process stops, or the store does not let it be taken; the next runner goes on.</summary>
    Left = 4,

    /// <summary>This release does not know its kind; one that does will run it.</summary>
    Unknown = 5,
}
