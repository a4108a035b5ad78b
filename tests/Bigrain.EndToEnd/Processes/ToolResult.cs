namespace Bigrain.EndToEnd.Processes;

/// <summary>How a run of the tool ended.</summary>
internal sealed record ToolResult(int ExitCode, string Out, string Error);
