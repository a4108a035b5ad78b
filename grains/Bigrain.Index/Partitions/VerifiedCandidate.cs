namespace Bigrain.Index.Partitions;

/// <summary>A candidate after verification.</summary>
/// <param name="Source">Ordinal of its segment or tail.</param>
/// <param name="Slot">Slot or row in it.</param>
/// <param name="Distance">Rank distance: exact when <paramref name="Verified"/>, else the estimate.</param>
/// <param name="Verified">Whether the distance is exact.</param>
internal readonly record struct VerifiedCandidate(int Source, int Slot, float Distance, bool Verified)
{
    /// <summary>Smaller distance first.</summary>
    public static int ByDistance(VerifiedCandidate x, VerifiedCandidate y) => x.Distance.CompareTo(y.Distance);
}
