namespace Bigrain.Index.Errors;

/// <summary>A failed operation with its remedy; the boundary turns it into a reply once.</summary>
/// <remarks>Messages are lowercase, without a full stop, and name the limit; <see cref="Field"/> names the field.</remarks>
public sealed class BigrainException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="code">What the caller can do.</param>
    /// <param name="message">What is wrong and what to do about it; lowercase, no full stop.</param>
    /// <param name="field">The field of the request at fault, by its wire name (<c>documents[3].vector</c>); null when none is.</param>
    /// <param name="inner">The cause below the boundary, if any.</param>
    public BigrainException(ErrorCode code, string message, string? field = null, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Field = field;
    }

    /// <summary>What the caller can do.</summary>
    public ErrorCode Code { get; }

    /// <summary>The field at fault by its wire name; null when none is.</summary>
    public string? Field { get; }

    /// <summary>How long to wait before a retry; null when waiting does not help or is not known.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Whether the very same request may succeed later.</summary>
    public bool Retryable => Code is ErrorCode.Unavailable or ErrorCode.Overloaded or ErrorCode.DeadlineExceeded;
}
