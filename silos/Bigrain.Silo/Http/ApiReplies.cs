using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bigrain.Api;
using Bigrain.Silo.Http.Bodies;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Http;

/// <summary>Reads and writes the models of the API.</summary>
internal static class ApiReplies
{
    /// <summary>Writes a model as the reply.</summary>
    public static Task WriteAsync<T>(HttpContext context, int status, T model, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ApiMediaTypes.Json;
        return JsonSerializer.SerializeAsync(context.Response.Body, model, type, context.RequestAborted);
    }

    /// <summary>Reads a small model from the body; large ones have readers of their own.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context, JsonTypeInfo<T> type)
        where T : class
    {
        using RequestBody body = await RequestBody.ReadAsync(context);
        return body.Bytes.IsEmpty
            ? throw JsonBody.Invalid("body", "the body is empty: send a JSON object")
            : JsonSerializer.Deserialize(body.Bytes, type) ?? throw JsonBody.Invalid("body", "the body must be an object");
    }
}
