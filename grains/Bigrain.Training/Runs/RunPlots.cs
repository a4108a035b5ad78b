using Bigrain.Training.Dense;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Runs;

/// <summary>The drawings of a run.</summary>
internal static class RunPlots
{
    /// <summary>Writes them.</summary>
    public static void Write(
        RunFolder folder, IReadOnlyList<SparseEvaluation> sparse, IReadOnlyList<DenseEvaluation> dense, RunResult result)
    {
        folder.SavePlot("codes", SvgPlot.Draw("Codes: validation", "epoch", "share", [
            Line("R@10", sparse, static one => one.Recall10),
            Line("R@100", sparse, static one => one.Recall100),
            Line("candidate recall", sparse, static one => one.CandidateRecall),
            Line("MRR@10", sparse, static one => one.ReciprocalRank10),
            Start("R@10 at step 0", sparse, static one => one.Recall10),
        ]));
        folder.SavePlot("codes-loss", SvgPlot.Draw("Codes: training", "epoch", "loss", [
            Line("loss", [.. sparse.Skip(1)], static one => one.TrainingLoss),
        ]));
        folder.SavePlot("codes-error", SvgPlot.Draw("Codes: squared error may rise while ranking improves", "epoch", "squared error", [
            Line("squared error", sparse, static one => one.SquaredError),
        ]));
        if (dense.Count > 0)
        {
            folder.SavePlot("heads", SvgPlot.Draw("Heads: verified candidates of validation", "epoch", "share", [
                new PlotLine("R@10", [.. dense.Select(static one => ((double)one.Epoch, one.Recall))]),
                new PlotLine("MRR@10", [.. dense.Select(static one => ((double)one.Epoch, one.ReciprocalRank))]),
                new PlotLine("R@10 at step 0", [.. dense.Select(one => ((double)one.Epoch, dense[0].Recall))], IsDashed: true),
            ]));
            folder.SavePlot("heads-loss", SvgPlot.Draw("Heads: training", "epoch", "loss", [
                new PlotLine("loss", [.. dense.Skip(1).Select(static one => ((double)one.Epoch, one.Loss))]),
            ]));
        }

        folder.SavePlot("gain", SvgPlot.Draw($"Before (0) and after (1), {result.MeasuredOn} queries", "", "share", [
            new PlotLine("MRR@10", [(0, result.Before.ReciprocalRank), (1, result.After.ReciprocalRank)]),
            new PlotLine("R@10", [(0, result.Before.Recall10), (1, result.After.Recall10)]),
            new PlotLine("exact, R@10", [(0, result.Exact.Recall10), (1, result.Exact.Recall10)], IsDashed: true),
        ]));
    }

    private static PlotLine Line(string name, IReadOnlyList<SparseEvaluation> history, Func<SparseEvaluation, double> measure) =>
        new(name, [.. history.Select(one => ((double)one.Epoch, measure(one)))]);

    private static PlotLine Start(string name, IReadOnlyList<SparseEvaluation> history, Func<SparseEvaluation, double> measure) =>
        new(name, [.. history.Select(one => ((double)one.Epoch, measure(history[0])))], IsDashed: true);
}
