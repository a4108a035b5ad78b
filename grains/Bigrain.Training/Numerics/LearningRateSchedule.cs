namespace Bigrain.Training.Numerics;

/// <summary>A learning rate that rises linearly over the first steps and then falls linearly to zero.</summary>
/// <param name="TotalSteps">Steps of the whole run, at least 1.</param>
/// <param name="WarmUpShare">Share of the steps that the rise takes: a share, so that a short run warms up as well.</param>
public sealed record LearningRateSchedule(int TotalSteps, double WarmUpShare = 0.1)
{
    /// <summary>Share of the highest rate at a step.</summary>
    /// <param name="step">Number of the step, from 0.</param>
    /// <returns>Above 0 and at most 1 within the run; 0 beyond it.</returns>
    public double Factor(int step)
    {
        var warmUp = Math.Max(1, (int)(TotalSteps * WarmUpShare));
        return step < warmUp
            ? (step + 1.0) / warmUp
            : Math.Max(0, (double)(TotalSteps - step) / Math.Max(1, TotalSteps - warmUp));
    }
}
