using Bigrain.Training.Dense;
using Bigrain.Training.Quantisation;

namespace Bigrain.Training.Runs;

/// <summary>What a checkpoint holds.</summary>
/// <param name="Options">Settings of the run: a state fits no other ones.</param>
/// <param name="DataHash">Hash of the training set: a state fits no other one.</param>
/// <param name="MetricsBytes">Bytes of the metrics that were written by then; what follows is written again.</param>
/// <param name="Sparse">State of stage S.</param>
/// <param name="Dense">State of stage D; null before it.</param>
public sealed record RunState(RunOptions Options, string DataHash, long MetricsBytes, SparseState Sparse, DenseState? Dense);
