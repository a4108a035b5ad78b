using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Access;

/// <summary>The key's role must reach, and it must cover the collection that the route names.</summary>
internal sealed class AccessRequirement(AccessRole role) : AuthorizationHandler<AccessRequirement>, IAuthorizationRequirement
{
    private const string CollectionParameter = "collection";

    /// <summary>The least role.</summary>
    public AccessRole Role { get; } = role;

    /// <inheritdoc/>
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, AccessRequirement requirement)
    {
        if (context.User.Identity is ApiKeyIdentity { Key: var key }
            && key.Role >= requirement.Role
            && ((context.Resource as HttpContext)?.GetRouteValue(CollectionParameter) is not string collection || key.Allows(collection)))
        {
            context.Succeed(requirement);
        }

        return Task.CompletedTask;
    }
}
