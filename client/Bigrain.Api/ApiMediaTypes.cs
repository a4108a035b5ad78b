namespace Bigrain.Api;

/// <summary>Content types of the HTTP API.</summary>
public static class ApiMediaTypes
{
    /// <summary>JSON: every request and every reply unless said otherwise.</summary>
    public const string Json = "application/json";

    /// <summary>Newline-delimited JSON: a sequence of write requests, answered by one result line each.</summary>
    public const string NewlineDelimitedJson = "application/x-ndjson";

    /// <summary>A form with files: a reindex request that brings a trained model.</summary>
    public const string Form = "multipart/form-data";

    /// <summary>Errors, after RFC 9457.</summary>
    public const string Problem = "application/problem+json";
}
