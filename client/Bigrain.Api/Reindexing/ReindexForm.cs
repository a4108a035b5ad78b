namespace Bigrain.Api.Reindexing;

/// <summary>Parts of a reindex request that brings a trained model, as <c>multipart/form-data</c>.</summary>
public static class ReindexForm
{
    /// <summary>Name of the part that holds the <see cref="ReindexRequest"/> as JSON; may be left out.</summary>
    public const string Request = "request";

    /// <summary>Name of the part that holds the model file; at most 64 MiB.</summary>
    public const string Model = "model";
}
