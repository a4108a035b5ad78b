using Bigrain.Training.Data;
using Bigrain.Training.Text;

namespace Bigrain.Cli.Training;

/// <summary>Data to train on.</summary>
/// <param name="Set">Vectors, judgements, split.</param>
/// <param name="Encoder">The encoder to keep with the run; null for vectors from elsewhere.</param>
internal sealed record LoadedInput(TrainingSet Set, FrozenEncoder? Encoder);
