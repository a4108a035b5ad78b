namespace Bigrain.Index.Segments;

/// <summary>Which write made a document: its place in the log of its stream (the id's hash names the stream).</summary>
/// <param name="Sequence">Sequence of the log blob.</param>
/// <param name="Row">Row inside that blob.</param>
public readonly record struct RowVersion(long Sequence, int Row);
