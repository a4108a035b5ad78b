using System.Text.Json.Serialization;

namespace Bigrain.Api.Aliases;

/// <summary>Body of <c>PUT /v1/aliases/{a}</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class AliasRequest
{
    /// <summary>The collection that the alias stands for from now on.</summary>
    public string? Collection { get; set; }

    /// <summary>The collection it must stand for until now, else the answer is 409; empty: there must be no such alias; null: no matter.</summary>
    public string? IfCollection { get; set; }
}
