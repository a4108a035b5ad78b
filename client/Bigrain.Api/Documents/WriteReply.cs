namespace Bigrain.Api.Documents;

/// <summary>A write that is durable.</summary>
public sealed class WriteReply
{
    /// <summary>Documents written, or ids deleted.</summary>
    public int Accepted { get; set; }

    /// <summary>Pass it with a query to see this write for sure; opaque.</summary>
    public string? Token { get; set; }
}
