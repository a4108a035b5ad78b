using Bigrain.Api;
using Bigrain.Api.Documents;
using Bigrain.Api.Jobs;
using Bigrain.Api.Serialization;
using Bigrain.Grains.Collections;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Index.Schema;
using Bigrain.Silo.Access;
using Bigrain.Silo.Admission;
using Bigrain.Silo.Http.Bodies;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;
using DocumentPage = Bigrain.Api.Documents.DocumentPage;
using WriteToken = Bigrain.Index.Documents.WriteToken;

namespace Bigrain.Silo.Http;

/// <summary>Write, delete and read documents.</summary>
internal static class DocumentEndpoints
{
    /// <summary>Maps the routes.</summary>
    public static void Map(IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder group = routes.MapGroup("/v1/collections/{collection}/documents").WithTags("documents");
        group.MapPost("", WriteAsync).Needs(AccessRole.Writer).WithSummary("Writes documents; with application/x-ndjson a sequence of requests, a result line each.")
            .Accepts<WriteRequest>(ApiMediaTypes.Json, ApiMediaTypes.NewlineDelimitedJson).Produces<WriteReply>().WithMetadata(Admitted.Write);
        group.MapPost("/delete", DeleteAsync).Needs(AccessRole.Writer).WithSummary("Deletes documents by id, perhaps in known versions only.")
            .Accepts<DeleteRequest>(ApiMediaTypes.Json).Produces<WriteReply>().WithMetadata(Admitted.Write);
        group.MapPost("/delete/jobs", DeleteManyAsync).Needs(AccessRole.Writer).WithSummary("Deletes a list of ids of any length, as a job: a JSON text a line, or ids.")
            .Accepts<DeleteRequest>(ApiMediaTypes.Json, ApiMediaTypes.NewlineDelimitedJson).Produces<JobInfo>(StatusCodes.Status202Accepted).WithMetadata(Admitted.Write);
        group.MapGet("", ListAsync).WithSummary("Lists documents page by page, in an order that their ids alone make.").Produces<DocumentPage>()
            .WithMetadata(Admitted.Query);
        group.MapPost("/get", GetManyAsync).WithSummary("Reads documents by id.")
            .Accepts<GetRequest>(ApiMediaTypes.Json).Produces<GetReply>().WithMetadata(Admitted.Query);
        group.MapGet("/{**id}", GetOneAsync).WithSummary("Reads one document.").Produces<StoredDocument>()
            .WithMetadata(Admitted.Query);
    }

    private static async Task WriteAsync(
        string collection, HttpContext context, CollectionDirectory directory, IIdHash hash, BatchIds ids, DocumentWriter writer, DocumentStream stream)
    {
        Names.Validate(collection, "collection");
        CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
        if (context.Request.ContentType?.StartsWith(ApiMediaTypes.NewlineDelimitedJson, StringComparison.OrdinalIgnoreCase) == true)
        {
            await stream.WriteAsync(context, collection);
            return;
        }

        using RequestBody body = await RequestBody.ReadAsync(context);
        WriteRequestBuilder request = new WriteParser(known.Head, hash, ids).ParseDocuments(body.Bytes, out _);
        await AcceptAsync(context, known, request, writer);
    }

    private static async Task DeleteAsync(
        string collection, HttpContext context, CollectionDirectory directory, IIdHash hash, BatchIds ids, DocumentWriter writer)
    {
        Names.Validate(collection, "collection");
        CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
        using RequestBody body = await RequestBody.ReadAsync(context);
        WriteRequestBuilder request = new WriteParser(known.Head, hash, ids).ParseDeletes(body.Bytes);
        await AcceptAsync(context, known, request, writer);
    }

    private static async Task DeleteManyAsync(
        string collection, HttpContext context, CollectionDirectory directory, BulkDeletes deletes, [FromHeader(Name = JobKeys.Field)] string? key)
    {
        Names.Validate(collection, "collection");
        await directory.GetAsync(collection, context.RequestAborted);
        await JobReplies.WriteAcceptedAsync(context, await deletes.StartAsync(context, collection, key));
    }

    private static async Task ListAsync(string collection, HttpContext context, CollectionDirectory directory, DocumentLister lister)
    {
        Names.Validate(collection, "collection");
        CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
        DocumentPage page = await lister.ReadAsync(known, context.Request.Query, context.RequestAborted);
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, page, ApiJson.Default.DocumentPage);
    }

    private static async Task AcceptAsync(HttpContext context, CollectionSnapshot known, WriteRequestBuilder request, DocumentWriter writer)
    {
        WriteToken token = await writer.WriteAsync(known, request.Build(), RequestTimeout.Of(context), context.RequestAborted);
        var reply = new WriteReply { Accepted = request.RowCount, Token = token.ToString() };
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, reply, ApiJson.Default.WriteReply);
    }

    private static async Task GetManyAsync(string collection, HttpContext context, CollectionDirectory directory, DocumentFetcher fetcher)
    {
        Names.Validate(collection, "collection");
        CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
        GetRequest request = await ApiReplies.ReadAsync<GetRequest>(context);
        GetReply reply = await fetcher.GetAsync(known, request, context.RequestAborted);
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, reply, ApiJson.Default.GetReply);
    }

    private static async Task GetOneAsync(string collection, HttpContext context, CollectionDirectory directory, DocumentFetcher fetcher)
    {
        Names.Validate(collection, "collection");
        CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
        GetRequest request = RequestOf(context.Request);
        GetReply reply = await fetcher.GetAsync(known, request, context.RequestAborted);
        StoredDocument document = reply.Documents is [{ } found]
            ? found
            : throw new BigrainException(ErrorCode.NotFound, "the collection has no document of this id", "id");
        await ApiReplies.WriteAsync(context, StatusCodes.Status200OK, document, ApiJson.Default.StoredDocument);
    }

    private static GetRequest RequestOf(HttpRequest request)
    {
        var get = new GetRequest { Ids = [IdOf(request)] };
        foreach ((string name, Microsoft.Extensions.Primitives.StringValues value) in request.Query)
        {
            switch (name)
            {
                case "includeVector":
                    get.IncludeVector = Flag(name, value);
                    break;
                case "includePayload":
                    get.IncludePayload = Flag(name, value);
                    break;
                case "base64":
                    get.Base64 = Flag(name, value);
                    break;
                case "consistency":
                    get.Consistency = value;
                    break;
                case "token":
                    get.Token = value;
                    break;
                case "timeoutMilliseconds":
                    get.TimeoutMilliseconds = int.TryParse(value, System.Globalization.CultureInfo.InvariantCulture, out int number)
                        ? number
                        : throw JsonBody.Invalid(name, $"{name} must be a whole number");
                    break;
                default:
                    throw JsonBody.Invalid(name, "there is no such query parameter: /openapi/v1.json lists them");
            }
        }

        return get;

        static bool Flag(string name, string? value) =>
            bool.TryParse(value, out bool flag) ? flag : throw JsonBody.Invalid(name, $"{name} must be true or false");
    }

    /// <summary>The id as it stands in the path: routing would leave an encoded slash encoded.</summary>
    private static string IdOf(HttpRequest request)
    {
        const string Marker = "/documents/";
        string target = request.HttpContext.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        int end = target.IndexOf('?', StringComparison.Ordinal);
        string path = end < 0 ? target : target[..end];
        int start = path.IndexOf(Marker, StringComparison.Ordinal) + Marker.Length;
        return Uri.UnescapeDataString(path[start..]);
    }
}
