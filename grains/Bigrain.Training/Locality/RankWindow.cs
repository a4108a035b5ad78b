namespace Bigrain.Training.Locality;

/// <summary>A range of ranks of a candidate list.</summary>
/// <param name="First">First rank, from 0.</param>
/// <param name="End">One past the last rank.</param>
public readonly record struct RankWindow(int First, int End)
{
    /// <summary>Ranks 0 to 199, the window of the paper.</summary>
    public static RankWindow Default => new(0, 200);

    /// <summary>Checks the window.</summary>
    /// <exception cref="ArgumentException">It is empty or begins below 0.</exception>
    public void Validate()
    {
        if (First < 0 || End <= First)
        {
            throw new ArgumentException($"rank window {First} to {End} is empty; give first below end, first at least 0");
        }
    }
}
