namespace Bigrain.Api.Problems;

/// <summary>The types of <see cref="ApiProblem"/>: one for each remedy.</summary>
public static class ProblemTypes
{
    /// <summary>400: fix the request.</summary>
    public const string InvalidArgument = "urn:bigrain:invalid-argument";

    /// <summary>401: show a key that the server knows.</summary>
    public const string Unauthenticated = "urn:bigrain:unauthenticated";

    /// <summary>403: ask for a key that may do this.</summary>
    public const string Forbidden = "urn:bigrain:forbidden";

    /// <summary>404: name something that exists.</summary>
    public const string NotFound = "urn:bigrain:not-found";

    /// <summary>409: read again, then decide.</summary>
    public const string Conflict = "urn:bigrain:conflict";

    /// <summary>409: stop, a newer owner exists.</summary>
    public const string Fenced = "urn:bigrain:fenced";

    /// <summary>413: send less at once.</summary>
    public const string TooLarge = "urn:bigrain:too-large";

    /// <summary>429: back off, then retry.</summary>
    public const string Overloaded = "urn:bigrain:overloaded";

    /// <summary>500: repair; stored bytes are not what was written.</summary>
    public const string DataCorrupt = "urn:bigrain:data-corrupt";

    /// <summary>500: report.</summary>
    public const string Internal = "urn:bigrain:internal";

    /// <summary>503: retry.</summary>
    public const string Unavailable = "urn:bigrain:unavailable";

    /// <summary>504: allow more time, or ask for less.</summary>
    public const string DeadlineExceeded = "urn:bigrain:deadline-exceeded";
}
