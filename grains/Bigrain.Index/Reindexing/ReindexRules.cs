using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Reindexing;

/// <summary>What can be done with the generations that a HEAD names.</summary>
internal static class ReindexRules
{
    /// <summary>Refuses an action that HEAD has no generation for.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>.</exception>
    public static void Require(CollectionHead head, ReindexAction action)
    {
        if (action is ReindexAction.Build or ReindexAction.Rollback && head.BuildingGeneration is { } building)
        {
            throw Conflict($"generation {building} of '{head.Name}' is being built or waits to be published: publish or discard it first");
        }

        if (action != ReindexAction.Build)
        {
            Choose(head, action);
        }
    }

    /// <summary>The generation that an action other than a build is about.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: there is none.</exception>
    public static int Choose(CollectionHead head, ReindexAction action) => action switch
    {
        ReindexAction.Rollback => head.PreviousGeneration
            ?? throw Conflict($"'{head.Name}' has no previous generation to roll back to"),
        ReindexAction.Discard => head.BuildingGeneration ?? head.PreviousGeneration
            ?? throw Conflict($"'{head.Name}' has neither a generation that waits to be published nor a previous one"),
        _ => head.BuildingGeneration
            ?? throw Conflict($"'{head.Name}' has no generation that waits to be published: run reindex with --no-publish first"),
    };

    /// <summary>The error of a race that somebody else won, or of a generation that is not there.</summary>
    public static BigrainException Conflict(string message) => new(ErrorCode.Conflict, message, "collection");
}
