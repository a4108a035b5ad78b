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

    /// <summary>A HEAD that no longer names a generation. The next number is used up, so that nobody who slept can name it again.</summary>
    /// <returns>The new HEAD; null when the generation answers queries, or nothing names it any more.</returns>
    public static CollectionHead? Without(CollectionHead head, int generation)
    {
        if (head.CurrentGeneration == generation || (head.LastGeneration ?? 0) > generation && !head.Generations.Contains(generation))
        {
            return null;
        }

        return head with
        {
            BuildingGeneration = head.BuildingGeneration == generation ? null : head.BuildingGeneration,
            PreviousGeneration = head.PreviousGeneration == generation ? null : head.PreviousGeneration,
            LastGeneration = head.NextGeneration,
        };
    }

    /// <summary>The error of a race that somebody else won, or of a generation that is not there.</summary>
    public static BigrainException Conflict(string message) => new(ErrorCode.Conflict, message, "collection");
}
