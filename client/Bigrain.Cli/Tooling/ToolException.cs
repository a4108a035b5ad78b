using Bigrain.Api.Problems;

namespace Bigrain.Cli.Tooling;

/// <summary>An error whose exit code the verb itself knows.</summary>
internal sealed class ToolException : Exception
{
    /// <summary>Makes an error.</summary>
    /// <param name="exitCode">One of <see cref="Tooling.ExitCode"/>.</param>
    /// <param name="problem">What is wrong and what to do about it.</param>
    /// <param name="inner">The cause.</param>
    public ToolException(int exitCode, ApiProblem problem, Exception? inner = null)
        : base(problem.Detail, inner)
    {
        ExitCode = exitCode;
        Problem = problem;
    }

    /// <summary>Exit code.</summary>
    public int ExitCode { get; }

    /// <summary>What is wrong.</summary>
    public ApiProblem Problem { get; }
}
