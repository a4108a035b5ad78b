using Xunit;

namespace Bigrain.Index.Tests.Segments;

/// <summary>Tests that measure the memory of the whole process: what others allocate beside them would be counted too.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class WholeProcessGroup
{
    public const string Name = "measures the whole process";
}
