using Bigrain.Grains.Collections;
using Bigrain.Index.Errors;
using Bigrain.Silo.Access;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Http;

/// <summary>Refuses an alias where a collection is administered: what drops or rebuilds one must name it.</summary>
/// <remarks>Stands behind authorization, so that only who may use the alias' name hears what it stands for.</remarks>
internal sealed class AliasRefusal(RequestDelegate next, AliasDirectory aliases)
{
    /// <summary>Refuses, or runs the rest of the pipeline.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>.</exception>
    public async Task InvokeAsync(HttpContext context)
    {
        if (AliasResolution.NameOf(context) is { } name && AliasResolution.RoleOf(context) is AccessRole.Admin)
        {
            string collection = await aliases.ResolveAsync(name, context.RequestAborted);
            if (collection != name)
            {
                string target = AccessSetup.MaySee(context, collection) ? $"'{collection}'" : "a collection that this key may not touch";
                throw new BigrainException(
                    ErrorCode.Conflict, $"'{name}' is an alias of {target}, and this needs a collection: name the collection itself", "collection");
            }
        }

        await next(context);
    }
}
