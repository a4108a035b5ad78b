namespace Bigrain.Grains.Jobs;

/// <summary>The jobs that run in this process.</summary>
/// <remarks>Thread safe.</remarks>
public interface IJobSource
{
    /// <summary>Describes a job.</summary>
    /// <param name="id">Its id.</param>
    /// <returns>The job as the API shows it, JSON; null when it is not known.</returns>
    byte[]? Describe(string id);
}
