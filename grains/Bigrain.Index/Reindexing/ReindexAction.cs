namespace Bigrain.Index.Reindexing;

/// <summary>What a reindex job does with the generations of a collection.</summary>
public enum ReindexAction
{
    /// <summary>Builds a new generation, verifies it and, unless told otherwise, publishes it.</summary>
    Build = 1,

    /// <summary>Verifies the generation that was built and not published.</summary>
    Verify = 2,

    /// <summary>Verifies and publishes it.</summary>
    Publish = 3,

    /// <summary>Brings the previous generation up to date and makes it the current one again.</summary>
    Rollback = 4,

    /// <summary>Gives up the generation that was built and not published, or on request the previous generation.</summary>
    Discard = 5,
}
