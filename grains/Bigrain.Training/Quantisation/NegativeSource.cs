namespace Bigrain.Training.Quantisation;

/// <summary>Where the extra negatives of a query come from.</summary>
public enum NegativeSource
{
    /// <summary>Any documents.</summary>
    Random = 1,

    /// <summary>Documents that the index of step 0 ranks high for the query and that are not relevant to it.</summary>
    Index = 2,
}
