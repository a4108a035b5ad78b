namespace Bigrain.Grains.Placement;

/// <summary>Hands what this silo holds over to the silos that own it without it; called once, before anything stops.</summary>
public interface IReplicaHandover
{
    /// <summary>Marks this silo as draining, tells the others, and waits until they can answer for everything it holds.</summary>
    /// <param name="cancellationToken">Gives up waiting; the silo then stops with what was handed over so far.</param>
    /// <remarks>The silo goes on serving meanwhile. Returns at once where there is nobody to hand over to.</remarks>
    Task HandOverAsync(CancellationToken cancellationToken);
}
