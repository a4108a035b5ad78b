namespace Bigrain.Training.Text;

/// <summary>A matrix with few entries in each row.</summary>
/// <param name="Starts">Where each row begins in the other two; one more than there are rows.</param>
/// <param name="Places">Column of each entry, ascending within its row.</param>
/// <param name="Values">Each entry.</param>
/// <param name="Columns">Number of columns.</param>
public sealed record SparseRows(int[] Starts, int[] Places, float[] Values, int Columns)
{
    /// <summary>Number of rows.</summary>
    public int Rows => Starts.Length - 1;
}
