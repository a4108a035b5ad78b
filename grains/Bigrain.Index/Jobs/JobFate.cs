namespace Bigrain.Index.Jobs;

/// <summary>Why a job's token fired.</summary>
internal enum JobFate
{
    /// <summary>It did not.</summary>
    None,

    /// <summary>Its owner cancelled it.</summary>
    Cancelled,

    /// <summary>Another runner took it over, or it was removed.</summary>
    Lost,
}
