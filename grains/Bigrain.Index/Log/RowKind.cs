namespace Bigrain.Index.Log;

/// <summary>What a log row does to its document.</summary>
public enum RowKind
{
    /// <summary>Replaces the document, or makes it.</summary>
    Upsert = 1,

    /// <summary>Removes the document, if there is one.</summary>
    Delete = 2,
}
