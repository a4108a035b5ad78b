using System.Collections.Concurrent;

namespace Bigrain.Grains.Placement;

/// <summary>The activations of this silo that are placed by rank; sends those that belong elsewhere there.</summary>
/// <remarks>Placement acts only when a grain is activated: after a silo joined or began to leave, what is active must be moved. Thread safe.</remarks>
internal sealed class PlacedGrains(SiloMap silos)
{
    private readonly ConcurrentDictionary<GrainId, IGrainBase> _active = new();

    /// <summary>Activations that belong on another silo.</summary>
    public int MisplacedCount => _active.Keys.Count(IsMisplaced);

    /// <summary>Notes an activation.</summary>
    public void Add(IGrainBase grain) => _active[grain.GrainContext.GrainId] = grain;

    /// <summary>Forgets an activation.</summary>
    public void Remove(IGrainBase grain) =>
        _active.TryRemove(new KeyValuePair<GrainId, IGrainBase>(grain.GrainContext.GrainId, grain));

    /// <summary>Sends activations where they belong; calls that wait for them follow.</summary>
    /// <param name="most">Most activations to send now.</param>
    public void Move(int most)
    {
        foreach ((GrainId id, IGrainBase grain) in _active)
        {
            if (most > 0 && IsMisplaced(id))
            {
                most--;
                grain.MigrateOnIdle();
            }
        }
    }

    private bool IsMisplaced(GrainId id) => silos.PlaceOf(id.Key.ToString()!) != silos.LocalName;
}
