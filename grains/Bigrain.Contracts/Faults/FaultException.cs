namespace Bigrain.Contracts.Faults;

/// <summary>The one error that leaves a grain: remedy, message, field.</summary>
/// <remarks>Grains translate into it at their edge, callers out of it at theirs; nothing between looks inside.</remarks>
[GenerateSerializer]
[Alias("bigrain.FaultException")]
public sealed class FaultException : Exception
{
    /// <summary>Makes the error.</summary>
    /// <param name="code">What the caller can do.</param>
    /// <param name="message">What is wrong and what to do about it; lowercase, no full stop.</param>
    /// <param name="field">Wire name of the field at fault; null when none is.</param>
    /// <param name="retryAfter">How long to wait before a retry; null when not known.</param>
    public FaultException(FaultCode code, string message, string? field, TimeSpan? retryAfter)
        : base(message)
    {
        Code = code;
        Field = field;
        RetryAfter = retryAfter;
    }

    /// <summary>What the caller can do.</summary>
    [Id(0)]
    public FaultCode Code { get; }

    /// <summary>Wire name of the field at fault; null when none is.</summary>
    [Id(1)]
    public string? Field { get; }

    /// <summary>How long to wait before a retry; null when not known.</summary>
    [Id(2)]
    public TimeSpan? RetryAfter { get; }
}
