using Bigrain.Grains.Collections;
using Bigrain.Index.Errors;
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
            string collection = await aliases.ResolveAsync(name, context.RequestAborted);
            context.Request.RouteValues[CollectionParameter] = collection;
            if (collection != name)
            {
                await FollowAsync(context, name, collection);
                return;
            }
        }

        await next(context);
    }

    /// <summary>The name in the path; null for routes that have none.</summary>
    internal static string? NameOf(HttpContext context) => context.GetRouteValue(CollectionParameter) as string;

    /// <summary>The role that the route asks for.</summary>
    internal static AccessRole? RoleOf(HttpContext context) => context.GetEndpoint()?.Metadata.GetMetadata<RequiredRole>()?.Role;

    /// <summary>Runs the rest of the pipeline; who asked by an alias is told of the alias when its collection is gone.</summary>
    private async Task FollowAsync(HttpContext context, string alias, string collection)
    {
        try
        {
            await next(context);
        }
        catch (BigrainException error) when (error is { Code: ErrorCode.NotFound, Field: CollectionParameter })
        {
            // Gone, or dropped and made again meanwhile: the refusal knows which.
            throw new BigrainException(
                error.Code,
                $"{error.Message}; alias '{alias}' stands for '{collection}': move it to another with 'bigrain collection alias set'",
                error.Field);
        }
    }

    // Who showed no key that is known is turned away without a look at the store.
    private bool MayAsk(HttpContext context) => !keys.IsRequired || context.User.Identity is ApiKeyIdentity;
}
