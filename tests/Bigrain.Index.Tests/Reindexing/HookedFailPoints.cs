using Bigrain.Index.Jobs;

namespace Bigrain.Index.Tests.Reindexing;

/// <summary>Fail points at which a test does something of its own.</summary>
internal sealed class HookedFailPoints : IFailPoints
{
    /// <summary>Called at every place with its name; may throw.</summary>
    public Action<string> OnHit { get; set; } = static _ => { };

    public void Hit(string name) => OnHit(name);
}
