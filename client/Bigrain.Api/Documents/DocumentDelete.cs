using System.Text.Json.Serialization;

namespace Bigrain.Api.Documents;

/// <summary>A document to delete, perhaps in one version only.</summary>
[JsonUnmappedMemberHandling(JsonUnmappedMemberHandling.Disallow)]
public sealed class DocumentDelete
{
    /// <summary>Its id.</summary>
    public string? Id { get; set; }

    /// <summary>Delete only if the stored document has this <see cref="StoredDocument.Version"/>; <c>0</c>: only if there is none. One document
    /// that has another version keeps all of the request out that goes to the same stream: 409, with the rows that were not deleted.</summary>
    public string? IfVersion { get; set; }
}
