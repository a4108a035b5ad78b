using System.Collections.Immutable;
using Bigrain.Index.Catalog;

namespace Bigrain.Silo.Http.Bodies;

internal static class TokenReader
{
    public static ImmutableArray<long> Read(string? token, CollectionHead head) => [];
}
