using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Bigrain.Api;
using Bigrain.Api.Serialization;
using Bigrain.Silo.Http.Bodies;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Http;

/// <summary>Reads and writes the models of the API.</summary>
internal static class ApiReplies
{
    // Models that replies have too must not refuse what a newer server adds; in a request a field that nobody knows is a typo.
    private static readonly JsonSerializerOptions Strict = new(ApiJson.Default.Options) { UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow };

    /// <summary>Writes a model as the reply.</summary>
    public static Task WriteAsync<T>(HttpContext context, int status, T model, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = ApiMediaTypes.Json;
        return JsonSerializer.SerializeAsync(context.Response.Body, model, type, context.RequestAborted);
    }

    /// <summary>Reads a small model from the body; large ones have readers of their own.</summary>
    public static async Task<T> ReadAsync<T>(HttpContext context)
        where T : class =>
        await ReadOrNullAsync<T>(context) ?? throw JsonBody.Invalid("body", "the body is empty: send a JSON object");

    /// <summary>Reads a small model from the body; null when there is none, however it was announced.</summary>
    public static async Task<T?> ReadOrNullAsync<T>(HttpContext context)
        where T : class
    {
        using RequestBody body = await RequestBody.ReadAsync(context);
        return body.Bytes.IsEmpty ? null : Parse<T>(body.Bytes);
    }

    /// <summary>Reads a model that the caller sent.</summary>
    /// <exception cref="JsonException">It is not what was to be sent, or has a field that is not known.</exception>
    public static T Parse<T>(ReadOnlySpan<byte> json)
        where T : class =>
        JsonSerializer.Deserialize(json, (JsonTypeInfo<T>)Strict.GetTypeInfo(typeof(T))) ?? throw JsonBody.Invalid("body", "the body must be an object");
}
