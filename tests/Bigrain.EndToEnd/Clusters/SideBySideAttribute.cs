using Xunit.Sdk;
using Xunit.v3;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>Short forms run two at a time: much of what a scenario does is to wait, for an eviction or a silo that starts. The full windows
/// run one after the other, each alone on the machine.</summary>
[AttributeUsage(AttributeTargets.Assembly)]
internal sealed class SideBySideAttribute : Attribute, IParallelizationAttribute
{
    private const int AtATime = 2;

    public ParallelAlgorithm? GetAlgorithm() => null;

    public int? GetMaxThreads() => AtATime;

    public ParallelMode? GetMode() => Window.IsLong ? ParallelMode.None : ParallelMode.Collections;
}
