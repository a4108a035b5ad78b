using Bigrain.Silo.Hosting;

namespace Bigrain.Silo.Tests;

/// <summary>A silo that has coarse codes for collections of any size, and verifies what they find: never the exact pass over a small one.</summary>
public sealed class CodedSiloFixture : SiloFixture
{
    public override SiloSettings Settings => base.Settings with { FlatBelow = 0 };
}
