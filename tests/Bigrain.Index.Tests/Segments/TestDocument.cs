using Bigrain.Index.Segments;

namespace Bigrain.Index.Tests.Segments;

internal sealed record TestDocument(string Id, float[] Vector, string? Payload, RowVersion Version, long ExpiresAt);
