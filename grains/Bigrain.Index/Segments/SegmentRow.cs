namespace Bigrain.Index.Segments;

/// <summary>One document on its way into a segment, without its vector.</summary>
/// <remarks>The spans stay the caller's and may be reused after the call that took the row.</remarks>
public readonly ref struct SegmentRow
{
    /// <summary>The id, 1 to 512 bytes UTF-8.</summary>
    public required ReadOnlySpan<byte> Id { get; init; }

    /// <summary>Hash of the id.</summary>
    public required ulong IdHash { get; init; }

    /// <summary>The write that made the document.</summary>
    public required RowVersion Version { get; init; }

    /// <summary>The payload, UTF-8 JSON; empty for none.</summary>
    public ReadOnlySpan<byte> Payload { get; init; }

    /// <summary>When the document expires, in milliseconds since the Unix epoch; 0 for never.</summary>
    public long ExpiresAtMilliseconds { get; init; }
}
