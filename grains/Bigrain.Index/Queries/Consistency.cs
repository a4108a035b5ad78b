namespace Bigrain.Index.Queries;

/// <summary>What a query must see.</summary>
public enum Consistency
{
    /// <summary>Everything the client's own token covers.</summary>
    Session = 0,

    /// <summary>Every write acknowledged before the query began.</summary>
    Strong = 1,
}
