using System.Net;

namespace Bigrain.Storage.Tests.AzureBlobs;

/// <summary>The network between the store and the account, with one planned fault.</summary>
internal sealed class FaultyHttpHandler() : DelegatingHandler(new SocketsHttpHandler())
{
    /// <summary>Chooses the requests that fail; null none.</summary>
    public Func<HttpRequestMessage, bool>? When { get; set; }

    /// <summary>Sends the request before it fails: the reply is lost.</summary>
    public bool IsSentFirst { get; set; }

    /// <summary>Answer instead of a broken connection.</summary>
    public (HttpStatusCode Status, string ErrorCode)? Answer { get; set; }

    /// <summary>Sends the request twice and gives the second answer, as a proxy that repeats would.</summary>
    public bool IsRepeated { get; set; }

    /// <summary>Requests seen.</summary>
    public List<string> Requests { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        lock (Requests)
        {
            Requests.Add($"{request.Method} {request.RequestUri!.AbsolutePath} {request.Headers.Range}".TrimEnd());
        }

        if (When?.Invoke(request) != true)
        {
            return await base.SendAsync(request, cancellationToken);
        }

        if (IsSentFirst || IsRepeated)
        {
            byte[] body = request.Content is null ? [] : await request.Content.ReadAsByteArrayAsync(cancellationToken);
            using HttpRequestMessage first = Copy(request, body);
            using HttpResponseMessage reply = await base.SendAsync(first, cancellationToken);
            if (IsRepeated)
            {
                return await base.SendAsync(Copy(request, body), cancellationToken);
            }
        }

        if (Answer is { } answer)
        {
            var response = new HttpResponseMessage(answer.Status) { RequestMessage = request, Content = new ByteArrayContent([]) };
            response.Headers.Add("x-ms-error-code", answer.ErrorCode);
            return response;
        }

        throw new HttpRequestException(HttpRequestError.ResponseEnded, "simulated: connection lost");
    }

    private static HttpRequestMessage Copy(HttpRequestMessage request, byte[] body)
    {
        var copy = new HttpRequestMessage(request.Method, request.RequestUri) { Content = new ByteArrayContent(body), Version = request.Version };
        foreach (KeyValuePair<string, IEnumerable<string>> header in request.Headers)
        {
            copy.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        foreach (KeyValuePair<string, IEnumerable<string>> header in request.Content?.Headers.AsEnumerable() ?? [])
        {
            copy.Content.Headers.TryAddWithoutValidation(header.Key, header.Value);
        }

        return copy;
    }
}
