namespace Bigrain.EndToEnd.Loads;

/// <summary>One life of a name, from the moment at which its making returned.</summary>
/// <param name="Round">Counts the lives.</param>
/// <param name="Incarnation">Id of the life.</param>
internal sealed record Life(int Round, string Incarnation);
