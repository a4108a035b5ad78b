namespace Bigrain.Training.Data;

/// <summary>A query that was made out of a document.</summary>
/// <param name="Document">Row of the document.</param>
/// <param name="Query">The words that were taken out of it.</param>
/// <param name="FromTitle">Whether they were its title.</param>
public sealed record ClozePair(int Document, string Query, bool FromTitle);
