namespace Bigrain.Faults;

/// <summary>A promise was broken in a simulated run.</summary>
internal sealed class SimulationFailure(string message) : Exception(message);
