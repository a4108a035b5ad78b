using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bigrain.Api;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;

namespace Bigrain.Cli.Tests.Tooling;

/// <summary>Answers like a server with one collection <c>docs</c>; refuses what a test tells it to refuse.</summary>
internal sealed class FakeServer : HttpMessageHandler
{
    private readonly HashSet<string> _batchIds = [];
    private readonly Lock _gate = new();

    public int Dimension { get; init; } = 2;

    public string Metric { get; init; } = "l2";

    public ConcurrentDictionary<string, float[]> Documents { get; } = new();

    public ConcurrentQueue<string> Paths { get; } = new();

    public int Writes { get; private set; }

    public int RepeatedBatches { get; private set; }

    public Func<WriteRequest, ApiProblem?> Refuse { get; init; } = static _ => null;

    public Queue<HttpStatusCode> Failures { get; } = new();

    public ApiProblem? AnswerToQuery { get; init; }

    /// <summary>Called with the method and the path of every request before it is answered; may throw.</summary>
    public Action<string> OnRequest { get; init; } = static _ => { };

    /// <summary>Body of the last request.</summary>
    public string LastBody { get; private set; } = "";

    /// <summary>States that the job <c>1</c> shows, one after the other; the last one stays.</summary>
    public Queue<JobInfo> JobStatesToCome { get; } = new();

    /// <summary>Pages of documents by the cursor that asks for them.</summary>
    public Dictionary<string, DocumentPage> Pages { get; } = [];

    /// <summary>Documents that are read by whatever ids; while there are none, one that is not there.</summary>
    public IReadOnlyList<StoredDocument> Stored { get; set; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        string path = request.RequestUri!.AbsolutePath;
        Paths.Enqueue($"{request.Method} {path}");
        OnRequest($"{request.Method} {path}");
        byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
        lock (_gate)
        {
            LastBody = Encoding.UTF8.GetString(body);
            if (Failures.TryDequeue(out HttpStatusCode failure))
            {
                return new HttpResponseMessage(failure);
            }

            return (request.Method.Method, path) switch
            {
                ("GET", "/v1/collections/docs") => Json(
                    new CollectionInfo { Name = "docs", Dimension = Dimension, Metric = Metric, Incarnation = "i" }, ApiJson.Default.CollectionInfo),
                ("POST", "/v1/collections/docs/documents") => Write(JsonSerializer.Deserialize(body, ApiJson.Default.WriteRequest)!),
                ("POST", "/v1/collections/docs/documents/delete") => Delete(JsonSerializer.Deserialize(body, ApiJson.Default.DeleteRequest)!),
                ("POST", "/v1/collections/docs/compact") => Json(
                    new JobInfo { Id = "1", Kind = "compact", State = JobStates.Succeeded }, ApiJson.Default.JobInfo, HttpStatusCode.Accepted),
                ("POST", "/v1/collections/docs/warm" or "/v1/collections/docs/documents/delete/jobs" or "/v1/gc" or "/v1/collections/docs/backup") => Json(
                    NextJob(), ApiJson.Default.JobInfo, HttpStatusCode.Accepted),
                ("POST", _) when path.StartsWith("/v1/collections/docs/reindex", StringComparison.Ordinal) => Json(
                    NextJob(), ApiJson.Default.JobInfo, HttpStatusCode.Accepted),
                ("POST", "/v1/collections/docs/documents/get") when Stored.Count > 0 => Json(new GetReply { Documents = Stored }, ApiJson.Default.GetReply),
                ("POST", "/v1/collections/docs/documents/get") => Json(new GetReply { NotFound = ["d150"] }, ApiJson.Default.GetReply),
                ("DELETE", "/v1/backups/b" or "/v1/aliases/a" or "/v1/collections/docs") => new HttpResponseMessage(HttpStatusCode.NoContent),
                ("GET", "/v1/jobs") => Json(new JobList { Jobs = [.. JobStatesToCome] }, ApiJson.Default.JobList),
                ("GET" or "DELETE", "/v1/jobs/1") => Json(NextJob(), ApiJson.Default.JobInfo),
                ("GET", "/v1/collections/docs/documents") when Pages.TryGetValue(CursorOf(request), out DocumentPage? page) =>
                    Json(page, ApiJson.Default.DocumentPage),
                ("POST", "/v1/collections/docs/query") when AnswerToQuery is not null => Problem(AnswerToQuery),
                _ => Problem(new ApiProblem { Type = ProblemTypes.NotFound, Status = 404, Detail = $"no {path}", Field = "collection" }),
            };
        }
    }

    private static string CursorOf(HttpRequestMessage request) =>
        System.Web.HttpUtility.ParseQueryString(request.RequestUri!.Query)["after"] ?? "";

    private JobInfo NextJob() => JobStatesToCome.Count > 1 ? JobStatesToCome.Dequeue() : JobStatesToCome.Peek();

    private static HttpResponseMessage Json<T>(T value, JsonTypeInfo<T> type, HttpStatusCode status = HttpStatusCode.OK) =>
        new(status) { Content = new StringContent(JsonSerializer.Serialize(value, type), Encoding.UTF8, ApiMediaTypes.Json) };

    private static HttpResponseMessage Problem(ApiProblem problem) =>
        new((HttpStatusCode)problem.Status)
        {
            Content = new StringContent(JsonSerializer.Serialize(problem, ApiJson.Default.ApiProblem), Encoding.UTF8, ApiMediaTypes.Problem),
        };

    /// <summary>Every document has version 5-0.</summary>
    private static HttpResponseMessage Delete(DeleteRequest request) => request.Documents?.FirstOrDefault(static document => document.IfVersion is not (null or "5-0")) is null
        ? Json(new WriteReply { Accepted = request.Ids?.Count ?? request.Documents!.Count, Token = "i/0:1" }, ApiJson.Default.WriteReply)
        : Problem(new ApiProblem { Type = ProblemTypes.Conflict, Status = 409, Detail = "the document has version 5-0", Field = "documents[0].ifVersion" });

    private HttpResponseMessage Write(WriteRequest request)
    {
        if (Refuse(request) is { } problem)
        {
            return Problem(problem);
        }

        Writes++;
        if (!_batchIds.Add(request.BatchId!))
        {
            RepeatedBatches++;
        }

        foreach (Document document in request.Documents!)
        {
            Documents[document.Id!] = [.. System.Runtime.InteropServices.MemoryMarshal.Cast<byte, float>(document.VectorBase64)];
        }

        return Json(new WriteReply { Accepted = request.Documents.Count, Token = "i/0:1" }, ApiJson.Default.WriteReply);
    }
}
