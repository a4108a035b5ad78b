using Bigrain.Grains.Hosting;
using Bigrain.Index.Memory;
using Bigrain.Index.Randomness;
using Microsoft.Extensions.DependencyInjection;

namespace Bigrain.Silo.Hosting;

/// <summary>Composes storage, index and grains.</summary>
internal static class ServiceSetup
{
    /// <summary>Registers everything that is not HTTP or Orleans itself.</summary>
    public static void Configure(IServiceCollection services, SiloSettings settings, long memoryBytes)
    {
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton<IRandomSource, SystemRandomSource>();
        services.AddSingleton(new MemoryBudget(memoryBytes));
        services.AddBigrainGrains();
    }
}
