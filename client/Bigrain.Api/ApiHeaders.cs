namespace Bigrain.Api;

/// <summary>Headers beyond the standard ones.</summary>
public static class ApiHeaders
{
    /// <summary>How long the sender waits for the answer, in whole milliseconds; optional. A request is not worked on for longer.</summary>
    public const string TimeoutMilliseconds = "Bigrain-Timeout-Milliseconds";

    /// <summary>The sender's name of a request that starts a job, 1 to 128 printable ASCII characters; optional. Sent again with the same name
    /// the request makes no second job: it is answered with the first.</summary>
    public const string IdempotencyKey = "Idempotency-Key";
}
