using System.Text.Json.Serialization;
using Bigrain.Api.Serialization;

namespace Bigrain.Api.Jobs;

/// <summary>Body of <c>POST /v1/collections/{c}/warm</c>.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class WarmRequest
{
    /// <summary>Which dense records to read into the caches: <c>"none"</c> (default), <c>"all"</c>, or <c>{"maxBytes":n}</c> for each silo.</summary>
    public RawJson? Dense { get; set; }
}
