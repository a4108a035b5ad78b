namespace Bigrain.Api;

/// <summary>Headers beyond the standard ones.</summary>
public static class ApiHeaders
{
    /// <summary>How long the sender waits for the answer, in whole milliseconds; optional. A request is not worked on for longer.</summary>
    public const string TimeoutMilliseconds = "Bigrain-Timeout-Milliseconds";
}
