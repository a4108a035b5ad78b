using System.Net;
using Bigrain.Api.Problems;

namespace Bigrain.Client;

/// <summary>What a server answered to one try.</summary>
/// <param name="Status">HTTP status.</param>
/// <param name="Body">The whole body.</param>
/// <param name="Problem">The refusal; null for success.</param>
/// <param name="RetryAfter">How long the server asks to wait.</param>
internal sealed record ApiAnswer(HttpStatusCode Status, byte[] Body, ApiProblem? Problem, TimeSpan? RetryAfter);
