namespace Bigrain.Index.Randomness;

/// <summary>Source of random numbers, injected so that a whole run can be replayed from one seed.</summary>
/// <remarks>Thread safe.</remarks>
public interface IRandomSource
{
    /// <summary>Gives 64 random bits.</summary>
    ulong NextUInt64();
}
