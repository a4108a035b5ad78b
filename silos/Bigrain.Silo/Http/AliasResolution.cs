using Bigrain.Grains.Collections;
using Bigrain.Silo.Access;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>Replaces an alias in the path by its collection, once, before anything else looks at it.</summary>
/// <remarks>Stands between authentication and authorization: a key must be allowed for the collection itself. Routes of readers and writers
/// follow an alias; those of admins do not, see <see cref="AliasRefusal"/>.</remarks>
internal sealed class AliasResolution(RequestDelegate next, AliasDirectory aliases, ApiKeySet keys)
{
    private const string CollectionParameter = "collection";

    /// <summary>Resolves, then runs the rest of the pipeline.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (NameOf(context) is { } name && RoleOf(context) is < AccessRole.Admin && MayAsk(context))
        {
            context.Request.RouteValues[CollectionParameter] = await aliases.ResolveAsync(name, context.RequestAborted);
        }

        await next(context);
    }

    /// <summary>The name in the path; null for routes that have none.</summary>
    internal static string? NameOf(HttpContext context) => context.GetRouteValue(CollectionParameter) as string;

    /// <summary>The role that the route asks for.</summary>
    internal static AccessRole? RoleOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RequiredRole>()?.Role;

    // Who showed no key that is known is turned away without a look at the store.
    private bool MayAsk(HttpContext context) => !keys.IsRequired || context.User.Identity is ApiKeyIdentity;
}
