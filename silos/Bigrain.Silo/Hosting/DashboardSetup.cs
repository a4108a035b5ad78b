using Bigrain.Silo.Access;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Configuration;
using Orleans.Dashboard;

namespace Bigrain.Silo.Hosting;

/// <summary>The dashboard of the actors: off unless asked for, and for those who may do everything.</summary>
internal static class DashboardSetup
{
    /// <summary>Registers it, or keeps its actors off this silo.</summary>
    public static void Configure(ISiloBuilder silo, bool isOn)
    {
        if (isOn)
        {
            // The log may name collections and ids; it belongs to whoever reads the process's log.
            silo.AddDashboard(options => options.HideTrace = true);
            return;
        }

        // Its actors come with its assembly: without this they could be placed here, where nothing that they need is registered.
        silo.Configure<GrainTypeOptions>(options => options.Classes.RemoveWhere(type => type.Assembly == typeof(DashboardOptions).Assembly));
    }

    /// <summary>Maps it where it is on.</summary>
    public static void Map(WebApplication application)
    {
        if (application.Services.GetRequiredService<SiloSettings>().Dashboard)
        {
            application.MapOrleansDashboard(DashboardPath.Value).RequireAuthorization(AccessSetup.OperatorPolicy);
        }
    }
}
