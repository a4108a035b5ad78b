using Bigrain.Index.Errors;

namespace Bigrain.Silo.Problems;

/// <summary>Some rows of a write are not confirmed; sending the request again with the same batch id settles it.</summary>
internal sealed class RowsFailedException(BigrainException cause, IReadOnlyList<int> rows) : Exception(cause.Message, cause)
{
    /// <summary>Why.</summary>
    public BigrainException Cause { get; } = cause;

    /// <summary>Row numbers in the request, in order.</summary>
    public IReadOnlyList<int> Rows { get; } = rows;
}
