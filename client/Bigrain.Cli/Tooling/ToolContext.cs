namespace Bigrain.Cli.Tooling;

/// <summary>The world around one run of the tool.</summary>
internal sealed class ToolContext
{
    /// <summary>Standard output: results only.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Standard error: errors, progress, logs.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>Reads an environment variable.</summary>
    public required Func<string, string?> Variable { get; init; }

    /// <summary>Whether a person watches standard output.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>Whether a person watches standard error.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Makes the handler that reaches a server; null for real connections.</summary>
    public Func<HttpMessageHandler>? Handler { get; init; }

    /// <summary>Clock.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>The process as it is.</summary>
    public static ToolContext OfProcess() => new()
    {
        Out = Console.Out,
        Error = Console.Error,
        Variable = Environment.GetEnvironmentVariable,
        OutIsTerminal = !Console.IsOutputRedirected,
        ErrorIsTerminal = !Console.IsErrorRedirected,
    };
}
