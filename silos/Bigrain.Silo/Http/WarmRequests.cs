using System.Text.Json;
using Bigrain.Index.Errors;
using Bigrain.Silo.Http.Bodies;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Http;

/// <summary>Reads what shall be warmed.</summary>
internal static class WarmRequests
{
    private const string Field = "dense";

    /// <summary>Reads the body; an empty one asks for no dense records.</summary>
    /// <returns>Most bytes of dense records for each silo; <see cref="long.MaxValue"/> for all.</returns>
    /// <exception cref="BigrainException">InvalidArgument, with the field.</exception>
    public static async Task<long> ReadAsync(HttpContext context)
    {
        using RequestBody body = await RequestBody.ReadAsync(context);
        if (body.Bytes.IsEmpty)
        {
            return 0;
        }

        using JsonDocument document = JsonDocument.Parse(body.Bytes.ToArray());
        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw JsonBody.Invalid("body", "the body must be an object");
        }

        long most = 0;
        foreach (JsonProperty property in document.RootElement.EnumerateObject())
        {
            most = property.Name == Field ? Read(property.Value) : throw JsonBody.Invalid(property.Name, "there is no such field: use dense");
        }

        return most;
    }

    private static long Read(JsonElement dense) => dense switch
    {
        { ValueKind: JsonValueKind.Null } => 0,
        { ValueKind: JsonValueKind.String } when dense.ValueEquals("none") => 0,
        { ValueKind: JsonValueKind.String } when dense.ValueEquals("all") => long.MaxValue,
        { ValueKind: JsonValueKind.Object } when dense.TryGetProperty("maxBytes", out JsonElement most) && most.TryGetInt64(out long bytes) && bytes >= 0 => bytes,
        _ => throw JsonBody.Invalid(Field, "dense must be \"none\", \"all\" or {\"maxBytes\":n} with n from 0"),
    };
}
