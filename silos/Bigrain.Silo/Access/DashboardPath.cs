namespace Bigrain.Silo.Access;

/// <summary>Where the dashboard of the actors is served.</summary>
internal static class DashboardPath
{
    /// <summary>The path.</summary>
    public const string Value = "/dashboard";
}
