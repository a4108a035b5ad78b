using System.Text.Json.Nodes;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.TestKit.Files;
using Bigrain.Training.Data;
using Bigrain.Training.Dense;
using Bigrain.Training.Quantisation;
using Bigrain.Training.Runs;

namespace Bigrain.Training.Tests.Runs;

public sealed class TrainingRunTests : IDisposable
{
    private static readonly TrainingSet Set = SyntheticSet.Make(SyntheticOptions.Small).Set;

    private static readonly RunOptions Options = new()
    {
        Sparse = new SparseOptions { Start = new RotationOptions { SubspaceCount = 8, Bits = 4, Rounds = 3 }, Epochs = 3, BatchSize = 32 },
        Dense = new DenseOptions { Epochs = 3, BatchSize = 16, DocumentHead = false },
        Seed = 5,
    };

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_run_leaves_metrics_drawings_and_a_model_better_than_its_start()
    {
        RunFolder folder = RunFolder.Create(_folder.Combine("run"));
        RunResult result = Run(folder);
        TestContext.Current.SendDiagnosticMessage($"before {result.Before} after {result.After} exact {result.Exact} gain {result.Recall10Gain}");
        Assert.Equal("test", result.MeasuredOn);
        Assert.True(result.Recall10Gain.Low > 0, $"R@10 {result.Before.Recall10} to {result.After.Recall10}");
        Assert.InRange(result.Candidates, 1, 1_000);
        string[] lines = Metrics(folder);
        Assert.Equal(result.Sparse.History.Count + result.Dense!.History.Count, lines.Length);
        Assert.Contains("\"stage\":\"sparse\"", lines[0], StringComparison.Ordinal);
        Assert.Contains("\"stage\":\"dense\"", lines[^1], StringComparison.Ordinal);
        Assert.Equal(
            ["codes-error.svg", "codes-loss.svg", "codes.svg", "gain.svg", "heads-loss.svg", "heads.svg"],
            Directory.EnumerateFiles(_folder.Combine("run/plots")).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(6)]
    public void A_run_that_was_stopped_ends_as_one_that_was_not_to_the_bit(int evaluations)
    {
        RunFolder whole = RunFolder.Create(_folder.Combine("whole"));
        RunResult expected = Run(whole);
        RunFolder broken = RunFolder.Create(_folder.Combine("broken"));
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        int seen = 0;
        var progress = new Listener(value =>
        {
            // The last notes before the end do not stop anything: there may be no step after them.
            seen += value.Message is null ? 0 : 1;
            if (seen == evaluations)
            {
                stop.Cancel();
            }
        });
        Assert.ThrowsAny<OperationCanceledException>(() => new TrainingRun(Set, Options, broken, TimeProvider.System, progress).Run(cancellation: stop.Token));

        // What was written after the last checkpoint is not counted twice.
        File.AppendAllText(broken.MetricsPath, "half a line");
        RunResult resumed = new TrainingRun(Set, Options, broken, TimeProvider.System, new Listener(static _ => { })).Run(resume: true, TestContext.Current.CancellationToken);
        Assert.Equal(expected.Sparse.Model.TableCodebooks.Values, resumed.Sparse.Model.TableCodebooks.Values);
        Assert.Equal(expected.Sparse.Model.QueryHead?.Values, resumed.Sparse.Model.QueryHead?.Values);
        Assert.Equal(expected.Sparse.Model.Rotation.Values, resumed.Sparse.Model.Rotation.Values);
        Assert.Equal(expected.Dense!.Heads.Query.Weights.Values, resumed.Dense!.Heads.Query.Weights.Values);
        Assert.Equal((expected.Lambda, expected.Candidates, expected.After), (resumed.Lambda, resumed.Candidates, resumed.After));
        Assert.Equal(Metrics(whole), Metrics(broken));
    }

    [Fact]
    public void A_checkpoint_of_other_data_or_settings_is_refused()
    {
        RunFolder folder = RunFolder.Create(_folder.Combine("run"));
        Run(folder);
        BigrainException settings = Assert.Throws<BigrainException>(() =>
            new TrainingRun(Set, Options with { Seed = 6 }, folder, TimeProvider.System, new Listener(static _ => { })).Run(resume: true, TestContext.Current.CancellationToken));
        Assert.Contains("other settings", settings.Message, StringComparison.Ordinal);
        TrainingSet other = SyntheticSet.Make(SyntheticOptions.Small with { Seed = 9 }).Set;
        BigrainException data = Assert.Throws<BigrainException>(() =>
            new TrainingRun(other, Options, folder, TimeProvider.System, new Listener(static _ => { })).Run(resume: true, TestContext.Current.CancellationToken));
        Assert.Contains("other data", data.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_checkpoint_is_found()
    {
        RunFolder folder = RunFolder.Create(_folder.Combine("run"));
        Run(folder);
        string path = Path.Combine(folder.Path, "checkpoint.bin");
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        Assert.Throws<CorruptBlobException>(() => folder.LoadCheckpoint());
    }

    [Fact]
    public void A_folder_with_something_in_it_is_not_overwritten()
    {
        File.WriteAllText(_folder.Combine("mine.txt"), "mine");
        Assert.Equal(ErrorCode.Conflict, Assert.Throws<BigrainException>(() => RunFolder.Create(_folder.Path)).Code);
        Assert.Equal(ErrorCode.NotFound, Assert.Throws<BigrainException>(() => RunFolder.Open(_folder.Path)).Code);
    }

    private static RunResult Run(RunFolder folder) =>
        new TrainingRun(Set, Options, folder, TimeProvider.System, new Listener(static _ => { })).Run(cancellation: TestContext.Current.CancellationToken);

    /// <summary>Lines of the metrics without the one number that a clock makes.</summary>
    private static string[] Metrics(RunFolder folder) =>
        [.. File.ReadAllLines(folder.MetricsPath).Select(static line =>
        {
            JsonObject json = JsonNode.Parse(line)!.AsObject();
            json.Remove("seconds");
            return json.ToJsonString();
        })];

    private sealed class Listener(Action<RunProgress> heard) : IProgress<RunProgress>
    {
        public void Report(RunProgress value) => heard(value);
    }
}
