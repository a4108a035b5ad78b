namespace Bigrain.Index.Blobs;

/// <summary>Opaque version of a blob's content (an ETag): equal tags mean the content was not replaced in between.</summary>
/// <param name="Value">The store's own text; never parsed.</param>
public readonly record struct BlobTag(string Value)
{
    /// <inheritdoc/>
    public override string ToString() => Value;
}
