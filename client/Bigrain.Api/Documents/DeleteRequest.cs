using System.Text.Json.Serialization;
using Bigrain.Api.Serialization;

namespace Bigrain.Api.Documents;

/// <summary>Body of <c>POST /v1/collections/{c}/documents/delete</c>: ids, or documents with versions, or a filter.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class DeleteRequest
{
    /// <summary>Ids to delete; one that does not exist is no error.</summary>
    public IReadOnlyList<string>? Ids { get; set; }

    /// <summary>Documents to delete, in place of <see cref="Ids"/>: for those that are deleted in one version only.</summary>
    public IReadOnlyList<DocumentDelete>? Documents { get; set; }

    /// <summary>Delete what the filter finds.</summary>
    public RawJson? Filter { get; set; }

    /// <summary>Name of this request, up to 128 bytes: sent again within an hour it changes nothing more.</summary>
    public string? BatchId { get; set; }
}
