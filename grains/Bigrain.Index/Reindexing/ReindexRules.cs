using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Reindexing;

/// <summary>What can be done with the generations that a HEAD names.</summary>
internal static class ReindexRules
{
    private const double DefaultMaxRecallLoss = 0.01;

    /// <summary>The most recall that a generation may lose against the current one; null: any.</summary>
    /// <param name="request">What was asked.</param>
    /// <param name="source">The current generation.</param>
    /// <param name="target">The generation that is verified.</param>
    public static double? MostLoss(ReindexRequest request, GenerationRecord source, GenerationRecord target)
    {
        // Under another model other documents are near: how many of its own it finds says nothing of a loss.
        bool hasNewModel = target.HasModel
            && (!source.HasModel || target.Representations[0].Tables?.XxHash128 != source.Representations[0].Tables?.XxHash128);
        return request.MaxRecallLoss ?? (hasNewModel ? null : DefaultMaxRecallLoss);
    }

    /// <summary>Refuses an action that HEAD has no generation for.</summary>
    /// <param name="head">HEAD.</param>
    /// <param name="action">The action.</param>
    /// <param name="previous">Whether a discard is of the previous generation.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>.</exception>
    public static void Require(CollectionHead head, ReindexAction action, bool previous = false)
    {
        if (action is ReindexAction.Build or ReindexAction.Rollback && head.BuildingGeneration is { } building)
        {
            throw Conflict($"generation {building} of '{head.Name}' is being built or waits to be published: publish or discard it first");
        }

        if (action != ReindexAction.Build)
        {
            Choose(head, action, previous);
        }
    }

    /// <summary>The generation that an action other than a build is about.</summary>
    /// <param name="head">HEAD.</param>
    /// <param name="action">The action.</param>
    /// <param name="previous">Whether a discard is of the previous generation.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: there is none.</exception>
    public static int Choose(CollectionHead head, ReindexAction action, bool previous = false) => action switch
    {
        ReindexAction.Rollback => head.PreviousGeneration
            ?? throw Conflict($"'{head.Name}' has no previous generation to roll back to"),
        ReindexAction.Discard when previous => head.PreviousGeneration
            ?? throw Conflict($"'{head.Name}' has no previous generation to give up"),
        ReindexAction.Discard => head.BuildingGeneration ?? throw NothingWaits(head),
        _ => head.BuildingGeneration
            ?? throw Conflict($"'{head.Name}' has no generation that waits to be published: run reindex with --no-publish first (over HTTP \"publish\": false)"),
    };

    /// <summary>A HEAD that names a new generation as the one that is built.</summary>
    /// <param name="head">HEAD as it stands.</param>
    /// <param name="target">The new generation, described.</param>
    /// <param name="source">The generation that it is made of.</param>
    /// <returns>The new HEAD; null when it names the generation already.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: another generation came, or the number was given up.</exception>
    public static CollectionHead? Named(CollectionHead head, GenerationRecord target, int source)
    {
        if (head.BuildingGeneration == target.Generation)
        {
            return null;
        }

        // Sources are of the generation that was current: another one since would have other partitions. And whoever gave this job up
        // gave its number up with it, so that a runner that slept meanwhile does not bring back what may be collected by now.
        return head.BuildingGeneration is null && head.CurrentGeneration == source && head.LastGeneration == target.Generation
            ? head with { BuildingGeneration = target.Generation, MinReaderVersion = Math.Max(head.MinReaderVersion, target.NeededReaderVersion) }
            : throw Conflict($"'{head.Name}' got another generation meanwhile: start again");
    }

    /// <summary>A HEAD in which a generation answers that was built, or answered before.</summary>
    /// <param name="head">HEAD as it stands.</param>
    /// <param name="target">The generation.</param>
    /// <param name="source">The generation that it was verified against.</param>
    /// <param name="now">The time.</param>
    /// <returns>The new HEAD; null when the generation answers already.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: it was discarded, or another one was published.</exception>
    public static CollectionHead? Published(CollectionHead head, int target, int source, DateTimeOffset now)
    {
        if (head.CurrentGeneration == target)
        {
            return null;
        }

        CollectionHead swapped = head with { CurrentGeneration = target, PreviousGeneration = head.CurrentGeneration, PublishedAt = now };
        return head.CurrentGeneration == source && head.BuildingGeneration == target
            ? swapped with { BuildingGeneration = null }
            : head.CurrentGeneration == source && head.PreviousGeneration == target
                ? swapped
                : throw Conflict($"generation {target} of '{head.Name}' was discarded, or another one was published, meanwhile");
    }

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

    // The way back is never given up by a slip.
    private static BigrainException NothingWaits(CollectionHead head) => head.PreviousGeneration is { } before
        ? new BigrainException(
            ErrorCode.Conflict,
            $"'{head.Name}' has no generation that waits to be published: to give up its previous one, {before}, and with it the rollback, "
            + "say so with --previous (over HTTP \"previous\": true)",
            "previous")
        : Conflict($"'{head.Name}' has neither a generation that waits to be published nor a previous one");
}
