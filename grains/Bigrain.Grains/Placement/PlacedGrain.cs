namespace Bigrain.Grains.Placement;

/// <summary>A grain that belongs on the silo which ranks best for its key, and moves there when the membership changes.</summary>
internal abstract class PlacedGrain(PlacedGrains placed) : Grain
{
    /// <inheritdoc/>
    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        placed.Add(this);
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public override Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        placed.Remove(this);
        return Task.CompletedTask;
    }
}
