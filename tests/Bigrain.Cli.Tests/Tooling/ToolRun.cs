using Bigrain.Cli.Tooling;
using Xunit;

namespace Bigrain.Cli.Tests.Tooling;

/// <summary>One run of the tool within the test.</summary>
internal sealed record ToolRun(int ExitCode, string Out, string Error)
{
    public static Task<ToolRun> OfAsync(HttpMessageHandler? server, params string[] arguments) => OfAsync(server, [], arguments);

    public static Task<ToolRun> OfAsync(HttpMessageHandler? server, Dictionary<string, string> variables, params string[] arguments) =>
        OfAsync(server, variables, TimeProvider.System, TestContext.Current.CancellationToken, arguments);

    public static async Task<ToolRun> OfAsync(
        HttpMessageHandler? server, Dictionary<string, string> variables, TimeProvider clock, CancellationToken stop, params string[] arguments)
    {
        using StringWriter output = new();
        using StringWriter error = new();
        ToolContext context = new()
        {
            Out = output,
            Error = error,
            Variable = variables.GetValueOrDefault,
            Handler = server is null ? null : () => server,
            Clock = clock,
        };
        int exitCode = await Tool.RunAsync(arguments, context, stop);
        ToolRun run = new(exitCode, output.ToString(), error.ToString());
        Assert.DoesNotContain("   at ", run.Error, StringComparison.Ordinal);
        return run;
    }
}
