namespace Bigrain.Training.Data;

/// <summary>Sizes of the set that <see cref="XmlDocumentation"/> makes.</summary>
/// <param name="Documents">Documents, drawn by the seed.</param>
/// <param name="Training">Queries that train.</param>
/// <param name="Validation">Queries that validate.</param>
/// <param name="Test">Queries that test.</param>
/// <param name="Seed">Seed of the draw.</param>
public sealed record XmlDocumentationOptions(
    int Documents = 20_000, int Training = 4_000, int Validation = 400, int Test = 1_000, ulong Seed = 1);
