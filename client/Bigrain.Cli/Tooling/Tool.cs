using System.CommandLine;
using System.CommandLine.Parsing;
using Bigrain.Api.Problems;
using Bigrain.Cli.Commands;

namespace Bigrain.Cli.Tooling;

/// <summary>The command line, from arguments to exit code.</summary>
internal static class Tool
{
    private static readonly ParserConfiguration Parsing = new()
    {
        // Text may begin with '@': it is never the name of a response file.
        ResponseFileTokenReplacer = null,
        EnablePosixBundling = false,
    };

    /// <summary>Runs one command line.</summary>
    /// <param name="arguments">Arguments behind the tool's name.</param>
    /// <param name="context">The world around.</param>
    /// <param name="cancellationToken">Fires when the user wants to stop.</param>
    /// <returns>One of <see cref="ExitCode"/>.</returns>
    public static async Task<int> RunAsync(string[] arguments, ToolContext context, CancellationToken cancellationToken)
    {
        CommonOptions common = new(context);
        ParseResult result = Root(context, common).Parse(arguments, Parsing);
        bool asJson = IsJson(arguments, context);
        if (result.Errors.Count > 0)
        {
            Faults.Print(context, asJson, new ApiProblem
            {
                Type = ProblemTypes.InvalidArgument,
                Title = "bad usage",
                Detail = $"{string.Join("; ", result.Errors.Select(static error => error.Message))} (see: bigrain {VerbOf(result)}--help)",
            });
            return ExitCode.BadUsage;
        }

        try
        {
            return await result.InvokeAsync(
                new InvocationConfiguration
                {
                    Output = context.Out,
                    Error = context.Error,
                    EnableDefaultExceptionHandler = false,
                    ProcessTerminationTimeout = null,
                },
                cancellationToken);
        }
        catch (Exception e)
        {
            (int exitCode, ApiProblem problem) = Faults.Describe(e);
            Faults.Print(context, asJson, problem);
            return exitCode;
        }
    }

    private static RootCommand Root(ToolContext context, CommonOptions common)
    {
        VerbFactory verbs = new(context, common);
        return new RootCommand("bigrain: nearest neighbours of many documents with little memory")
        {
            common.Output,
            common.Endpoint,
            common.ApiKey,
            ServeVerb.Make(verbs),
            DemoVerb.Make(verbs),
            StatusVerb.Make(verbs),
            CollectionVerb.Make(verbs),
            ImportVerb.Make(verbs),
            ExportVerb.Make(verbs),
            DeleteVerb.Make(verbs),
            GetVerb.Make(verbs),
            QueryVerb.Make(verbs),
            CompactVerb.Make(verbs),
            GcVerb.Make(verbs),
            RecallVerb.Make(verbs),
            WarmVerb.Make(verbs),
            JobsVerb.Make(verbs),
            BackupVerb.Make(verbs),
            BackupVerb.MakeRestore(verbs),
            ReindexVerb.Make(verbs),
            TruthVerb.Make(verbs),
            EvalVerb.Make(verbs),
            TrainVerb.Make(verbs),
            VerifyVerb.Make(verbs),
            BenchVerb.Make(verbs),
        };
    }

    // Asked before parsing has succeeded, so that usage errors come in the wanted form too.
    private static bool IsJson(string[] arguments, ToolContext context)
    {
        for (int i = 0; i < arguments.Length; i++)
        {
            if (arguments[i] is "--output=json" or "--output:json" || (arguments[i] == "--output" && i + 1 < arguments.Length && arguments[i + 1] == "json"))
            {
                return true;
            }
        }

        return context.Variable("BIGRAIN_OUTPUT") == "json" && !arguments.Any(static a => a.StartsWith("--output", StringComparison.Ordinal));
    }

    private static string VerbOf(ParseResult result)
    {
        string verb = "";
        for (SymbolResult? symbol = result.CommandResult; symbol is CommandResult { Command: not RootCommand } command; symbol = symbol.Parent)
        {
            verb = $"{command.Command.Name} {verb}";
        }

        return verb;
    }
}
