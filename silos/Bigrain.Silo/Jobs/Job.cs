using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;

namespace Bigrain.Silo.Jobs;

/// <summary>One job, running or ended.</summary>
internal sealed class Job(string id, string kind, string collection, long startedAt)
{
    private volatile ApiProblem? _error;
    private volatile bool _ended;

    public string Id { get; } = id;

    public string Kind { get; } = kind;

    public string Collection { get; } = collection;

    public long StartedAt { get; } = startedAt;

    public bool Ended => _ended;

    /// <summary>The work itself, kept so that it is never collected unobserved.</summary>
    public Task Work { get; set; } = Task.CompletedTask;

    /// <summary>Notes the end.</summary>
    /// <param name="error">Why it failed; null when it did not.</param>
    public void End(ApiProblem? error)
    {
        _error = error;
        _ended = true;
    }

    /// <summary>The state as the API shows it.</summary>
    public JobInfo Describe()
    {
        bool ended = _ended;
        return new JobInfo
        {
            Id = Id,
            Kind = Kind,
            Collection = Collection,
            State = !ended ? JobStates.Running : _error is null ? JobStates.Succeeded : JobStates.Failed,
            Progress = ended ? 1 : 0,
            Error = ended ? _error : null,
        };
    }
}
