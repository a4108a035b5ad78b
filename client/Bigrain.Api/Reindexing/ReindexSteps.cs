namespace Bigrain.Api.Reindexing;

/// <summary>What can be done with the generations of a collection beside building one: the last part of the route.</summary>
public static class ReindexSteps
{
    /// <summary>Verifies the generation that was built and not published.</summary>
    public const string Verify = "verify";

    /// <summary>Verifies and publishes it.</summary>
    public const string Publish = "publish";

    /// <summary>Makes the previous generation the present one again.</summary>
    public const string Rollback = "rollback";

    /// <summary>Gives up the generation that was built and not published, or with <see cref="ReindexRequest.Previous"/> the previous one.</summary>
    public const string Discard = "discard";
}
