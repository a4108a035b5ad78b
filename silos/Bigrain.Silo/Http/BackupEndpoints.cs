using System.Text.Json;
using Bigrain.Api;
using Bigrain.Api.Backups;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Grains.Collections;
using Bigrain.Index.Backups;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Index.Schema;
using Bigrain.Silo.Access;
using Bigrain.Silo.Http.Bodies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace Bigrain.Silo.Http;

/// <summary>Make, list, restore and delete backups.</summary>
/// <remarks>A key that is limited to collections sees the backups of these, and restores them into names that it covers.</remarks>
internal static class BackupEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/v1/collections/{collection}/backup", CreateAsync).Needs(AccessRole.Admin).WithTags("backups")
            .WithSummary("Makes a backup while the collection is read and written.")
            .Accepts<CreateBackupRequest>(ApiMediaTypes.Json).Produces<JobInfo>(StatusCodes.Status202Accepted);
        RouteGroupBuilder group = routes.MapGroup("/v1/backups").WithTags("backups");
        group.MapGet("", ListAsync).Needs(AccessRole.Admin).WithSummary("Lists the backups that are whole.").Produces<BackupList>();
        group.MapDelete("/{backup}", DeleteAsync).Needs(AccessRole.Admin).WithSummary("Deletes a backup.").Produces(StatusCodes.Status204NoContent);
        group.MapPost("/{backup}/restore", RestoreAsync).Needs(AccessRole.Admin).WithSummary("Makes a collection of a backup.")
            .Accepts<RestoreBackupRequest>(ApiMediaTypes.Json).Produces<JobInfo>(StatusCodes.Status202Accepted);
    }

    private static async Task CreateAsync(
        string collection, HttpContext context, CollectionDirectory directory, BackupCatalog backups, JobRequests jobs, [FromHeader(Name = JobKeys.Field)] string? key)
    {
        Names.Validate(collection, "collection");
        CreateBackupRequest request = await ApiReplies.ReadAsync<CreateBackupRequest>(context);
        string name = request.Name ?? throw JsonBody.Invalid("name", "name is missing: name the backup");
        CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
        JsonElement body = JsonSerializer.SerializeToElement(
            new BackupRequest(name, known.Head.Schema.StreamCount), BackupJson.Default.BackupRequest);
        JobRecord job = await jobs.StartOnAsync(jobs.NameOf(key, BackupJob.KindName), collection, body, RequireNewAsync, context.RequestAborted);
        await JobReplies.WriteAcceptedAsync(context, job);

        async Task RequireNewAsync(CancellationToken cancellationToken)
        {
            if (await backups.ReadAsync(name, cancellationToken) is not null)
            {
                throw new BigrainException(ErrorCode.Conflict, $"there is a backup '{name}' already: delete it first, or use another name", "name");
            }
        }
    }

    private static async Task ListAsync(HttpContext context, BackupCatalog backups)
    {
        var list = new List<BackupInfo>();
        await foreach (BackupRecord backup in backups.ListAsync(context.RequestAborted))
        {
            if (AccessSetup.MaySee(context, backup.Head.Name))
            {
                list.Add(Of(backup));
            }
        }

        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, new BackupList { Backups = list }, ApiJson.Default.BackupList);
    }

    private static async Task DeleteAsync(string backup, HttpContext context, BackupCatalog backups)
    {
        await RequireAsync(backup, context, backups);
        await backups.DeleteAsync(backup, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
    }

    private static async Task RestoreAsync(
        string backup, HttpContext context, BackupCatalog backups, CollectionCatalog collections, JobRequests jobs, [FromHeader(Name = JobKeys.Field)] string? key)
    {
        RestoreBackupRequest request = await ApiReplies.ReadAsync<RestoreBackupRequest>(context);
        BackupRecord found = await RequireAsync(backup, context, backups);
        string collection = request.Collection ?? found.Head.Name;
        Names.Validate(collection, "collection");
        if (!AccessSetup.MaySee(context, collection))
        {
            throw new BigrainException(ErrorCode.NotFound, $"there is no collection '{collection}' for this key: ask for a key that covers it", "collection");
        }

        JsonElement body = JsonSerializer.SerializeToElement(new RestoreRequest(backup, request.Replace), BackupJson.Default.RestoreRequest);
        JobRecord job = await jobs.StartAsync(jobs.NameOf(key, RestoreJob.KindName), collection, body, RequireRoomAsync, context.RequestAborted);
        await JobReplies.WriteAcceptedAsync(context, job);

        async Task RequireRoomAsync(CancellationToken cancellationToken)
        {
            if (!request.Replace && await collections.ReadAsync(collection, cancellationToken) is not null)
            {
                throw RestoreJob.NameTaken(collection);
            }
        }
    }

    private static async Task<BackupRecord> RequireAsync(string name, HttpContext context, BackupCatalog backups)
    {
        BackupRecord found = await backups.RequireAsync(name, context.RequestAborted);
        return AccessSetup.MaySee(context, found.Head.Name)
            ? found
            : throw new BigrainException(ErrorCode.NotFound, $"there is no backup '{name}' for this key: ask for a key that covers its collection", "backup");
    }

    private static BackupInfo Of(BackupRecord backup) => new()
    {
        Name = backup.Name,
        Collection = backup.Head.Name,
        CreatedAt = backup.CreatedAt,
        Blobs = backup.BlobCount,
        Bytes = backup.Bytes,
        CopiedBlobs = backup.CopiedCount,
        CopiedBytes = backup.CopiedBytes,
    };
}
