namespace Bigrain.Training.Numerics;

/// <summary>The Adam optimiser for one array of parameters, with decoupled weight decay.</summary>
/// <remarks>Kingma and Ba 2015; decay as in Loshchilov and Hutter 2019 (AdamW). Decay rates .9 and .999.</remarks>
public sealed class Adam
{
    private const double FirstDecay = 0.9;
    private const double SecondDecay = 0.999;
    private const double Epsilon = 1e-8;

    private readonly float[] _first;
    private readonly float[] _second;
    private readonly double _weightDecay;
    private int _steps;

    /// <summary>Starts without a memory.</summary>
    /// <param name="count">Number of parameters.</param>
    /// <param name="weightDecay">Share of a parameter that a step of learning rate 1 takes away.</param>
    public Adam(int count, double weightDecay = 0)
        : this(new AdamState(new float[count], new float[count], 0), weightDecay)
    {
    }

    /// <summary>Goes on from a state, which is copied.</summary>
    /// <param name="state">State to go on from.</param>
    /// <param name="weightDecay">Share of a parameter that a step of learning rate 1 takes away.</param>
    public Adam(AdamState state, double weightDecay = 0)
    {
        ArgumentNullException.ThrowIfNull(state);
        (_first, _second, _steps) = ((float[])state.First.Clone(), (float[])state.Second.Clone(), state.Steps);
        _weightDecay = weightDecay;
    }

    /// <summary>Moves the parameters one step against the gradient.</summary>
    /// <param name="parameters">Parameters; changed in place.</param>
    /// <param name="gradient">Gradient of the loss; the same length.</param>
    /// <param name="learningRate">Learning rate of this step.</param>
    public void Step(Span<float> parameters, ReadOnlySpan<float> gradient, double learningRate)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(parameters.Length, _first.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(gradient.Length, _first.Length);
        _steps++;
        var rate = (float)(learningRate / (1 - Math.Pow(FirstDecay, _steps)));
        var correction = (float)(1 / (1 - Math.Pow(SecondDecay, _steps)));
        var keep = (float)(1 - (learningRate * _weightDecay));
        for (var i = 0; i < parameters.Length; i++)
        {
            var g = gradient[i];
            var first = _first[i] + ((float)(1 - FirstDecay) * (g - _first[i]));
            var second = _second[i] + ((float)(1 - SecondDecay) * ((g * g) - _second[i]));
            (_first[i], _second[i]) = (first, second);
            parameters[i] = (parameters[i] * keep) - (rate * first / (MathF.Sqrt(second * correction) + (float)Epsilon));
        }
    }

    /// <summary>Copies the state.</summary>
    public AdamState Capture() => new((float[])_first.Clone(), (float[])_second.Clone(), _steps);
}
