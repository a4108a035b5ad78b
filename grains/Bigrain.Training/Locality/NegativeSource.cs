namespace Bigrain.Training.Locality;

/// <summary>Where the negatives of a query come from.</summary>
public enum NegativeSource
{
    /// <summary>Any document of the collection.</summary>
    Anywhere,

    /// <summary>The query's candidates: what the index ranks high for it.</summary>
    Candidates,
}
