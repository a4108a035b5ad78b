using Bigrain.Api;

namespace Bigrain.Client;

/// <summary>What is to be sent, however often it takes.</summary>
/// <param name="Method">HTTP method.</param>
/// <param name="Path">Path and query on any server.</param>
/// <param name="Body">Makes the body of a try that the server has so much time for; null for no body.</param>
/// <param name="ServerTime">Most time that a server is given for one try; null where the call has no deadline of its own.</param>
/// <param name="IsRead">Whether asking two servers at once is worth it when one is late.</param>
/// <param name="ContentType">What the body is.</param>
/// <param name="Key">Name of the request by which the server knows it again; null where being sent twice does no harm.</param>
internal sealed record ApiCall(
    HttpMethod Method, string Path, Func<TimeSpan, ReadOnlyMemory<byte>>? Body = null, TimeSpan? ServerTime = null, bool IsRead = false,
    string ContentType = ApiMediaTypes.Json, string? Key = null);
