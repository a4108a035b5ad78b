using System.CommandLine;
using System.Globalization;
using Bigrain.Api.Problems;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Training;
using Bigrain.Index.Models;
using Bigrain.Training.Data;
using Bigrain.Training.Evaluation;
using Bigrain.Training.Quantisation;
using Bigrain.Training.Runs;
using Bigrain.Training.Text;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain train</c>: codes and heads that learn to rank, as one model file.</summary>
internal static class TrainVerb
{
    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        var flags = new TrainFlags(verbs.Context);
        Option<string> run = Flag.Optional(verbs.Context, "--run", "folder of the run: configuration, metrics, checkpoint, plots, model", Values.Text, "bigrain-run");
        Option<bool> resume = Flag.Switch(verbs.Context, "--resume", "go on with the run of that folder; all else is read from there");
        Command command = verbs.Make(
            "train",
            "learn codes and heads that rank better, from vectors and judgements, from texts, or from a live collection",
            [run, resume, .. flags.All],
            async invocation =>
            {
                long start = verbs.Context.Clock.GetTimestamp();
                TrainReport report = await invocation.WithProgressAsync(
                    "training",
                    progress => invocation.Get(resume)
                        ? ResumeAsync(invocation, flags, invocation.Get(run), progress)
                        : BeginAsync(invocation, flags, invocation.Get(run), progress));
                Print(invocation, report with { Seconds = verbs.Context.Clock.GetElapsedTime(start).TotalSeconds });
                return ExitCode.Ok;
            });
        command.Add(TrainExperimentVerb.Make(verbs));
        command.Add(TrainEncodeVerb.Make(verbs));
        return command;
    }

    private static async Task<TrainReport> BeginAsync(Invocation invocation, TrainFlags flags, string path, IProgress<Share> progress)
    {
        TrainInputs inputs = flags.Inputs(invocation);
        LoadedInput loaded = await new InputLoader(inputs, invocation, encoder: null).LoadAsync(progress);
        RunOptions options = flags.Options(invocation, loaded.Set.Documents.Rows, loaded.Set.Split.Training.Length);
        TrainingChecks.Check(loaded.Set, options);
        var folder = RunFolder.Create(path);
        if (loaded.Encoder is { } encoder)
        {
            folder.SaveEncoder(encoder.ToBytes());
        }

        folder.WriteConfig(new TrainConfig(inputs, options));
        return await RunAsync(invocation, folder, loaded, options, isResumed: false, progress);
    }

    private static async Task<TrainReport> ResumeAsync(Invocation invocation, TrainFlags flags, string path, IProgress<Share> progress)
    {
        if (flags.All.FirstOrDefault(invocation.IsGiven) is { } given)
        {
            throw new ToolException(ExitCode.BadUsage, new ApiProblem
            {
                Type = ProblemTypes.InvalidArgument,
                Title = "bad usage",
                Field = given.Name,
                Detail = $"--resume takes everything from the folder of the run; leave {given.Name} out, or begin a new run",
            });
        }

        var folder = RunFolder.Open(path);
        TrainConfig config = folder.ReadConfig<TrainConfig>();
        FrozenEncoder? encoder = File.Exists(folder.EncoderPath)
            ? FrozenEncoder.FromBytes(folder.EncoderPath, await File.ReadAllBytesAsync(folder.EncoderPath, invocation.CancellationToken))
            : null;
        LoadedInput loaded = await new InputLoader(config.Inputs, invocation, encoder).LoadAsync(progress);
        return await RunAsync(invocation, folder, loaded, config.Options, isResumed: true, progress);
    }

    private static async Task<TrainReport> RunAsync(
        Invocation invocation, RunFolder folder, LoadedInput loaded, RunOptions options, bool isResumed, IProgress<Share> progress)
    {
        TrainingSet set = loaded.Set;
        var run = new TrainingRun(set, options, folder, invocation.Context.Clock, new Teller(invocation, progress));
        RunResult result = await Task.Run(() => run.Run(isResumed, invocation.CancellationToken), invocation.CancellationToken);
        TrainedModel model = ModelWriter.Make(result, set, options);
        folder.SaveModel(model.ToBlob().Span);
        RotationOptions shape = options.Sparse.Start;
        return new TrainReport(
            folder.Path,
            folder.ModelPath,
            model.HashText,
            loaded.Encoder is null ? null : folder.EncoderPath,
            set.Documents.Rows,
            set.Split.Training.Length,
            result.MeasuredOn,
            result.MeasuredOn == "test" ? set.Split.Test.Length : set.Split.Validation.Length,
            shape.SubspaceCount * shape.Bits / 8.0,
            result.Candidates,
            result.Lambda,
            result.Before,
            result.After,
            result.Exact,
            result.ReciprocalRankGain,
            result.Recall10Gain,
            Seconds: 0);
    }

    private static void Print(Invocation invocation, TrainReport report)
    {
        if (invocation.IsJson)
        {
            invocation.PrintJson(report, ToolJson.Default.TrainReport);
            return;
        }

        invocation.PrintTable(
            [$"{report.MeasuredQueries} {report.MeasuredOn} queries", "before", "after", "gain", "exact, untrained"],
            [
                ["MRR@10", .. Row(report, static one => one.ReciprocalRank, report.ReciprocalRankGain)],
                ["R@10", .. Row(report, static one => one.Recall10, report.Recall10Gain)],
                [
                    $"recall of {report.Candidates} candidates",
                    Number(report.Before.CandidateRecall),
                    Number(report.After.CandidateRecall),
                    "",
                    Number(report.Exact.CandidateRecall),
                ],
            ]);
        if (report.MeasuredOn != "test")
        {
            invocation.Print("no queries were kept apart to test with: the gain looks larger than it is");
        }

        invocation.Print(
            $"{Words.Number(report.BytesPerDocument)} bytes a document, {report.Candidates} candidates, lambda {Words.Number(report.Lambda)}; {Words.Number(report.Seconds)} s");
        invocation.Print($"model {report.ModelHash}: {report.Model}; put it to use with: bigrain reindex COLLECTION --model {report.Model}");
    }

    private static string[] Row(TrainReport report, Func<RunMeasures, double> measure, PairedDifference gain) =>
    [
        Number(measure(report.Before)),
        Number(measure(report.After)),
        string.Create(CultureInfo.InvariantCulture, $"{gain.Mean:+0.0000;-0.0000} [{gain.Low:+0.0000;-0.0000}, {gain.High:+0.0000;-0.0000}]{(gain.WithinNoise ? " within noise" : "")}"),
        Number(measure(report.Exact)),
    ];

    private static string Number(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);

    /// <summary>A bar where a person watches; otherwise a line for each evaluation.</summary>
    private sealed class Teller(Invocation invocation, IProgress<Share> bar) : IProgress<RunProgress>
    {
        public void Report(RunProgress value)
        {
            bar.Report(new Share(value.Done, value.Total > 0 ? value.Total : null, value.Message ?? (value.Total > 0 ? null : value.Stage)));
            if (value.Message is { } message && !invocation.IsJson && !invocation.Context.ErrorIsTerminal)
            {
                invocation.Note(message);
            }
        }
    }
}
