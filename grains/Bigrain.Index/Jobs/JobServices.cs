using Bigrain.Index.Errors;
using Bigrain.Index.Randomness;
using Microsoft.Extensions.Logging;

namespace Bigrain.Index.Jobs;

/// <summary>The parts that all jobs of a silo share.</summary>
public sealed record JobServices
{
    /// <summary>Where the records are.</summary>
    public required JobStore Store { get; init; }

    /// <summary>What this release can do, by name.</summary>
    public required IReadOnlyDictionary<string, IJobKind> Kinds { get; init; }

    /// <summary>Settings.</summary>
    public required JobOptions Options { get; init; }

    /// <summary>Clock.</summary>
    public required TimeProvider Time { get; init; }

    /// <summary>Source of marks and of jitter.</summary>
    public required IRandomSource Random { get; init; }

    /// <summary>Metrics.</summary>
    public required JobInstruments Instruments { get; init; }

    /// <summary>Makes the logger.</summary>
    public required ILoggerFactory Loggers { get; init; }

    /// <summary>Where the process can be made to die.</summary>
    public IFailPoints FailPoints { get; init; } = Jobs.FailPoints.Off;

    /// <summary>Gives errors of the layer above their remedy.</summary>
    public Func<Exception, BigrainException> Translate { get; init; } = static error =>
        JobFaults.Translate(error) ?? new BigrainException(ErrorCode.Internal, "internal error: the log of the silo has it", null, error);
}
