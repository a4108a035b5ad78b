using Xunit;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>The tests whose bounds are times of milliseconds: after all others, with nothing beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class AloneGroup
{
    public const string Name = "alone";
}
