using System.Collections.Immutable;
using Bigrain.Index.Catalog;
using Bigrain.Index.Documents;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>Turns a token of the API into what a query must see.</summary>
internal static class TokenReader
{
    /// <summary>Per stream the sequence that must be visible; empty when there is no token, or one of another collection or another life of this one.</summary>
    /// <exception cref="Index.Errors.BigrainException">InvalidArgument: not a token.</exception>
    public static ImmutableArray<long> Read(string? token, CollectionHead head)
    {
        if (string.IsNullOrEmpty(token))
        {
            return [];
        }

        int streamCount = head.Schema.StreamCount;
        WriteToken? parsed = WriteToken.Parse(token, head.Incarnation, streamCount);
        return parsed is null ? [] : [.. Enumerable.Range(0, streamCount).Select(parsed.SequenceOf)];
    }
}
