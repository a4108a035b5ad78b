namespace Bigrain.Api.Documents;

/// <summary>Answer of <c>POST /v1/collections/{c}/documents/get</c>.</summary>
public sealed class GetReply
{
    /// <summary>The documents that exist, in the order of the request.</summary>
    public IReadOnlyList<StoredDocument> Documents { get; set; } = [];

    /// <summary>Ids that do not exist.</summary>
    public IReadOnlyList<string> NotFound { get; set; } = [];
}
