namespace Bigrain.Index.Queries;

/// <summary>Whether a partition took part in an answer.</summary>
public enum PartitionAnswer : byte
{
    /// <summary>It was searched whole.</summary>
    Answered = 0,

    /// <summary>It is not loaded yet: retry, or ask another replica.</summary>
    NotReady = 1,

    /// <summary>It had not reached the token's sequences by the deadline; what it has was searched.</summary>
    Behind = 2,

    /// <summary>Stored bytes were not what was written; nothing of them was served.</summary>
    Corrupt = 3,

    /// <summary>No silo answered for it in time.</summary>
    Silent = 4,

    /// <summary>Its silo has too much to do: back off. Asking another silo would only add to the load.</summary>
    Overloaded = 5,
}
