namespace Bigrain.Index.Log;

/// <summary>What a log row does to its id.</summary>
public enum RowKind : byte
{
    /// <summary>Inserts the document or replaces it whole.</summary>
    Upsert = 0,

    /// <summary>Removes the document; removing what is not there changes nothing.</summary>
    Delete = 1,
}
