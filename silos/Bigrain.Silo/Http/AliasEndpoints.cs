using Bigrain.Api;
using Bigrain.Api.Aliases;
using Bigrain.Api.Serialization;
using Bigrain.Grains.Collections;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Silo.Access;
using Bigrain.Silo.Http.Bodies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>Make, move, show and remove aliases.</summary>
/// <remarks>A key that is limited to collections moves only aliases whose name it covers, from and to collections that it covers, and sees
/// only those that stand for one of its collections.</remarks>
internal static class AliasEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1/aliases").WithTags("aliases");
        group.MapGet("", ListAsync).WithSummary("Lists the aliases.").Produces<AliasList>();
        group.MapGet("/{alias}", GetAsync).WithSummary("Shows what an alias stands for.").Produces<AliasInfo>();
        group.MapPut("/{alias}", PutAsync).Needs(AccessRole.Admin).WithSummary("Makes an alias, or lets it stand for another collection at once: 201 new, 200 moved or unchanged.")
            .Accepts<AliasRequest>(ApiMediaTypes.Json).Produces<AliasInfo>().Produces<AliasInfo>(StatusCodes.Status201Created);
        group.MapDelete("/{alias}", DeleteAsync).Needs(AccessRole.Admin).WithSummary("Removes an alias; the collection stays.")
            .Produces(StatusCodes.Status204NoContent);
    }

    private static async Task ListAsync(HttpContext context, AliasCatalog aliases)
    {
        var list = new List<AliasInfo>();
        await foreach (CollectionAlias alias in aliases.ListAsync(context.RequestAborted))
        {
            if (AccessSetup.MaySee(context, alias.Collection))
            {
                list.Add(Of(alias));
            }
        }

        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, new AliasList { Aliases = list }, ApiJson.Default.AliasList);
    }

    private static async Task GetAsync(string alias, HttpContext context, AliasCatalog aliases)
    {
        CollectionAlias found = await RequireAsync(alias, context, aliases);
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, Of(found), ApiJson.Default.AliasInfo);
    }

    private static async Task PutAsync(string alias, HttpContext context, AliasCatalog aliases, AliasDirectory directory)
    {
        AliasRequest request = await ApiReplies.ReadAsync<AliasRequest>(context);
        string collection = request.Collection ?? throw JsonBody.Invalid("collection", "collection is missing: name the collection that the alias stands for");
        RequireAccess(context, alias, collection, (await aliases.ReadAsync(alias, context.RequestAborted))?.Collection);
        (CollectionAlias now, bool created) = await aliases.PutAsync(alias, collection, request.IfCollection, context.RequestAborted);
        directory.Forget(alias);
        await ApiReplies.WriteAsync(
            context, created ? StatusCodes.Status201Created : StatusCodes.Status200OK, Of(now), ApiJson.Default.AliasInfo);
    }

    private static async Task DeleteAsync(string alias, HttpContext context, AliasCatalog aliases, AliasDirectory directory)
    {
        CollectionAlias found = await RequireAsync(alias, context, aliases);
        RequireAccess(context, alias, found.Collection);
        await aliases.DeleteAsync(alias, context.RequestAborted);
        directory.Forget(alias);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task<CollectionAlias> RequireAsync(string alias, HttpContext context, AliasCatalog aliases) =>
        await aliases.ReadAsync(alias, context.RequestAborted) is { } found && AccessSetup.MaySee(context, found.Collection)
            ? found
            : throw new BigrainException(ErrorCode.NotFound, $"there is no alias '{alias}': look which there are with 'bigrain collection alias list'", "alias");

    private static void RequireAccess(HttpContext context, params string?[] names)
    {
        if (names.FirstOrDefault(name => name is not null && !AccessSetup.MaySee(context, name)) is { } hidden)
        {
            throw new BigrainException(ErrorCode.NotFound, $"there is no collection or alias '{hidden}' for this key: ask for a key that covers it", "collection");
        }
    }

    private static AliasInfo Of(CollectionAlias alias) => new() { Alias = alias.Alias, Collection = alias.Collection, ChangedAt = alias.ChangedAt };
}
