namespace Bigrain.Training.Data;

/// <summary>Shape of a <see cref="SyntheticSet"/>.</summary>
/// <param name="Documents">Documents.</param>
/// <param name="Training">Queries that train.</param>
/// <param name="Validation">Queries that validate.</param>
/// <param name="Test">Queries that test.</param>
/// <param name="Dimension">Dimension of the vectors.</param>
/// <param name="Meaning">Dimensions that carry what relevance is about; the rest is nuisance.</param>
/// <param name="Clusters">Clusters that the documents' meanings lie in.</param>
/// <param name="Nuisance">Size of a nuisance dimension beside one of meaning.</param>
/// <param name="Misalignment">How far the map of the queries is from the identity: 0 is the identity, 1 a random rotation.</param>
/// <param name="Relevant">Relevant documents of a query: those whose meaning is closest.</param>
/// <param name="Seed">Seed.</param>
public sealed record SyntheticOptions(
    int Documents = 10_000,
    int Training = 3_000,
    int Validation = 400,
    int Test = 1_000,
    int Dimension = 64,
    int Meaning = 24,
    int Clusters = 200,
    double Nuisance = 1.0,
    double Misalignment = 0.3,
    int Relevant = 5,
    ulong Seed = 1)
{
    /// <summary>A small one, for tests.</summary>
    public static SyntheticOptions Small => new(Documents: 1_500, Training: 400, Validation: 100, Test: 200, Dimension: 32, Meaning: 16, Clusters: 60);
}
