using Bigrain.Training.Runs;

namespace Bigrain.Cli.Training;

/// <summary>What <c>config.json</c> of a run holds.</summary>
/// <param name="Inputs">Where the data comes from.</param>
/// <param name="Options">Settings as they were resolved.</param>
internal sealed record TrainConfig(TrainInputs Inputs, RunOptions Options);
