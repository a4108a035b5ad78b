namespace Bigrain.Api.Documents;

/// <summary>Answer of <c>GET /v1/collections/{c}/documents</c>: some documents, in an order that their ids alone make.</summary>
public sealed class DocumentPage
{
    /// <summary>The documents.</summary>
    public IReadOnlyList<StoredDocument> Documents { get; set; } = [];

    /// <summary>What to give as <c>after</c> for the next page; null behind the last one.</summary>
    public string? NextAfter { get; set; }
}
