namespace Bigrain.Training.Data;

/// <summary>A document of words.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Title">Its title; empty for none.</param>
/// <param name="Text">Its text.</param>
public sealed record TextDocument(string Id, string Title, string Text)
{
    /// <summary>What is encoded: the title and the text.</summary>
    public string Whole => Title.Length == 0 ? Text : $"{Title}\n{Text}";
}
