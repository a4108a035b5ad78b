using Bigrain.Kernels.Distances;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Heads;

/// <summary>A linear map learned on top of frozen vectors: <c>x + x W</c>, brought to unit length under the cosine metric.</summary>
/// <remarks>W starts at zero, so an untrained head changes nothing.</remarks>
public sealed class ResidualHead
{
    private readonly bool _unit;

    /// <summary>Makes a head that changes nothing yet.</summary>
    /// <param name="dimension">Dimension d of the vectors.</param>
    /// <param name="metric">What documents are ranked by.</param>
    public ResidualHead(int dimension, RankMetric metric)
        : this(new Matrix(dimension, dimension), metric)
    {
    }

    /// <summary>Makes a head of given weights, which are not copied.</summary>
    /// <param name="weights">W; shape <c>[d, d]</c>.</param>
    /// <param name="metric">What documents are ranked by.</param>
    public ResidualHead(Matrix weights, RankMetric metric)
    {
        ArgumentNullException.ThrowIfNull(weights);
        ArgumentOutOfRangeException.ThrowIfNotEqual(weights.Rows, weights.Columns);
        Weights = weights;
        _unit = metric == RankMetric.Cosine;
    }

    /// <summary>W; shape <c>[d, d]</c>.</summary>
    public Matrix Weights { get; }

    /// <summary>Maps vectors.</summary>
    /// <param name="vectors">Vectors, one a row.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    public Matrix Apply(Matrix vectors, int threads = MatrixProduct.DefaultThreads) => Forward(vectors, threads).Output;

    /// <summary>Maps vectors and keeps what the gradient needs.</summary>
    /// <param name="vectors">Vectors, one a row.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    public HeadPass Forward(Matrix vectors, int threads = MatrixProduct.DefaultThreads)
    {
        ArgumentNullException.ThrowIfNull(vectors);
        var output = MatrixProduct.Multiply(vectors, Weights, threads);
        for (var i = 0; i < output.Values.Length; i++)
        {
            output.Values[i] += vectors.Values[i];
        }

        if (!_unit)
        {
            return new HeadPass(vectors, output, []);
        }

        var lengths = new float[vectors.Rows];
        for (var row = 0; row < lengths.Length; row++)
        {
            var line = output.Row(row);
            lengths[row] = Norm.Euclidean(line);
            Scale(line, lengths[row] > 0 ? 1 / lengths[row] : 0);
        }

        return new HeadPass(vectors, output, lengths);
    }

    /// <summary>Gradient of the loss in W.</summary>
    /// <param name="pass">What <see cref="Forward"/> returned.</param>
    /// <param name="outputGradient">Gradient of the loss in the output; the shape of the output.</param>
    /// <param name="threads">Threads to use; the result does not depend on it.</param>
    public Matrix Backward(HeadPass pass, Matrix outputGradient, int threads = MatrixProduct.DefaultThreads)
    {
        ArgumentNullException.ThrowIfNull(pass);
        ArgumentNullException.ThrowIfNull(outputGradient);
        if (!_unit)
        {
            return MatrixProduct.TransposedMultiply(pass.Input, outputGradient, threads);
        }

        // A step along the vector itself is lost when its length is made 1 again.
        var tangent = outputGradient.Copy();
        for (var row = 0; row < tangent.Rows; row++)
        {
            var slope = tangent.Row(row);
            var output = pass.Output.Row(row);
            var along = DotProduct.Compute(slope, output);
            for (var i = 0; i < slope.Length; i++)
            {
                slope[i] -= along * output[i];
            }

            Scale(slope, pass.Lengths[row] > 0 ? 1 / pass.Lengths[row] : 0);
        }

        return MatrixProduct.TransposedMultiply(pass.Input, tangent, threads);
    }

    private static void Scale(Span<float> values, float factor)
    {
        for (var i = 0; i < values.Length; i++)
        {
            values[i] *= factor;
        }
    }
}
