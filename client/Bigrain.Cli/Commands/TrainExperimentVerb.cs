using System.CommandLine;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Training;
using Bigrain.Training.Data;
using Bigrain.Training.Experiments;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain train experiment</c>: which part of the method gains how much, over several seeds, and what is noise.</summary>
internal static class TrainExperimentVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        ToolContext context = verbs.Context;
        Option<string[]> sets = new("--set")
        {
            Description = $"sets to run on: {NamedSets.Names}; default xml-doc and synthetic",
            AllowMultipleArgumentsPerToken = true,
            Arity = ArgumentArity.OneOrMore,
            DefaultValueFactory = static _ => ["xml-doc", "synthetic"],
        };
        Option<string> folder = Flag.Optional(context, "--out", "folder of the reports, experiments.md and experiments.json", Values.Text, "bigrain-experiments");
        Option<IReadOnlyList<int>> seeds = Flag.Optional(context, "--seeds", "seeds, separated by commas", Values.List(Values.Int(0, int.MaxValue)), [1, 2, 3]);
        Option<string> scope = Flag.Optional(context, "--scope", "rows: whole, or core for A0, A1, S1, S4, D0 and D5", Scope, "whole");
        Option<int> dimension = Flag.Optional(context, "--dimension", "of the encoder of texts", Values.Int(2, 1_024), 256);
        Option<int> dataSeed = Flag.Optional(context, "--data-seed", "seed of the sets and their splits", Values.Int(0, int.MaxValue), 1);
        Option<int?> epochs = Flag.Optional<int?>(context, "--epochs", "passes of both stages; default 12", text => Values.Int(1, 1_000)(text), null);
        return verbs.Make(
            "experiment",
            "run the validation matrix over several seeds and write its table",
            [sets, folder, seeds, scope, dimension, dataSeed, epochs],
            async invocation =>
            {
                Directory.CreateDirectory(invocation.Get(folder));
                var reports = new List<ExperimentReport>();
                foreach (string name in invocation.Get(sets))
                {
                    reports.Add(await invocation.WithProgressAsync(name, progress => Task.Run(
                        () =>
                        {
                            progress.Report(new Share(0, null, $"{name}: reading"));
                            TrainingSet set = NamedSets.Load(name, invocation.Get(dimension), (ulong)invocation.Get(dataSeed)).Set;
                            ExperimentOptions options = Options(set, invocation.Get(scope), invocation.Get(seeds), invocation.Get(epochs));
                            return ExperimentMatrix.Run(set, options, context.Clock, line => Tell(invocation, progress, line), invocation.CancellationToken);
                        },
                        invocation.CancellationToken)));

                    // A set may take minutes: what is there is written before the next one begins.
                    Write(invocation.Get(folder), reports);
                }

                if (invocation.IsJson)
                {
                    invocation.Print(ExperimentJson.Write(reports).ReplaceLineEndings(" "));
                }
                else
                {
                    invocation.Print(string.Join('\n', reports.Select(ExperimentMarkdown.Write)));
                    invocation.Print($"written to {Path.Combine(invocation.Get(folder), "experiments.md")} and .json");
                }

                return ExitCode.Ok;
            });
    }

    private static ExperimentOptions Options(TrainingSet set, string scope, IReadOnlyList<int> seeds, int? epochs)
    {
        var options = ExperimentOptions.For(set, scope == "core" ? ExperimentScope.Core : ExperimentScope.Whole);
        return options with
        {
            Seeds = [.. seeds.Select(static seed => (ulong)seed)],
            Sparse = options.Sparse with { Epochs = epochs ?? options.Sparse.Epochs },
            Dense = options.Dense with { Epochs = epochs ?? options.Dense.Epochs },
        };
    }

    private static void Tell(Invocation invocation, IProgress<Share> progress, string line)
    {
        progress.Report(new Share(0, null, line));
        if (!invocation.IsJson && !invocation.Context.ErrorIsTerminal)
        {
            invocation.Note(line);
        }
    }

    private static void Write(string folder, IReadOnlyList<ExperimentReport> reports)
    {
        File.WriteAllText(Path.Combine(folder, "experiments.md"), string.Join('\n', reports.Select(ExperimentMarkdown.Write)));
        File.WriteAllText(Path.Combine(folder, "experiments.json"), ExperimentJson.Write(reports));
    }

    private static string Scope(string text) => text is "whole" or "core" ? text : throw new FormatException($"'{text}' is neither whole nor core");
}
