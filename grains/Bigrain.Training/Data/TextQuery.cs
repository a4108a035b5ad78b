namespace Bigrain.Training.Data;

/// <summary>A query of words.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Text">Its text.</param>
public sealed record TextQuery(string Id, string Text);
