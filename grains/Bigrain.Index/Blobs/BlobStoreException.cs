namespace Bigrain.Index.Blobs;

/// <summary>A blob store failed; the boundary above translates it once.</summary>
public sealed class BlobStoreException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="operation">The port's operation (<c>read</c>, <c>create</c>, …).</param>
    /// <param name="name">Name of the blob or prefix.</param>
    /// <param name="failure">How it failed.</param>
    /// <param name="inner">The store's own error.</param>
    public BlobStoreException(string operation, string name, BlobFailure failure, Exception? inner = null)
        : base($"blob store failed to {operation} '{name}' ({failure}): {inner?.Message}", inner)
    {
        Operation = operation;
        BlobName = name;
        Failure = failure;
    }

    /// <summary>The port's operation.</summary>
    public string Operation { get; }

    /// <summary>Name of the blob or prefix.</summary>
    public string BlobName { get; }

    /// <summary>How it failed.</summary>
    public BlobFailure Failure { get; }
}
