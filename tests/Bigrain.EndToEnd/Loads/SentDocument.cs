namespace Bigrain.EndToEnd.Loads;

/// <summary>What may be found under one id.</summary>
internal sealed class SentDocument
{
    /// <summary>Versions that may be found.</summary>
    public HashSet<int> Allowed { get; } = [];

    /// <summary>Whether the document may also be absent: no write of it was acknowledged.</summary>
    public bool MayBeAbsent { get; set; } = true;

    /// <summary>Whether it may be written again: nothing about it is open.</summary>
    public bool IsSettled { get; set; }

    /// <summary>Whether a delete of it was acknowledged; it is never written again.</summary>
    public bool IsDeleted { get; set; }

    /// <summary>The last version that was sent.</summary>
    public int LastVersion { get; set; }
}
