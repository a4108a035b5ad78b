using Microsoft.AspNetCore.Authorization;

namespace Bigrain.Silo.Access;

/// <summary>Says of a route which role it needs; the most specific one counts for everything that asks.</summary>
internal sealed class RequiredRole(AccessRole role) : IAuthorizeData
{
    /// <summary>The role.</summary>
    public AccessRole Role { get; } = role;

    /// <inheritdoc/>
    public string? Policy { get; set; } = PolicyOf(role);

    /// <inheritdoc/>
    public string? Roles { get; set; }

    /// <inheritdoc/>
    public string? AuthenticationSchemes { get; set; }

    /// <summary>Name of the policy of a role.</summary>
    public static string PolicyOf(AccessRole role) => $"bigrain.{role}";
}
