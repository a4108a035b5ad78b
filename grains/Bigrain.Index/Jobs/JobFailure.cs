using Bigrain.Index.Errors;

namespace Bigrain.Index.Jobs;

/// <summary>An error as a job's record keeps it.</summary>
/// <param name="Code">What can be done about it.</param>
/// <param name="Message">What is wrong.</param>
/// <param name="Field">The field of the request at fault; null when none is.</param>
public sealed record JobFailure(ErrorCode Code, string Message, string? Field)
{
    /// <summary>Makes it from an error.</summary>
    public static JobFailure Of(BigrainException error)
    {
        ArgumentNullException.ThrowIfNull(error);
        return new(error.Code, error.Message, error.Field);
    }

    /// <summary>The error again.</summary>
    public BigrainException ToException() => new(Code, Message, Field);
}
