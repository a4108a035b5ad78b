namespace Bigrain.Index.Backups;

/// <summary>Body of a restore job.</summary>
/// <param name="Backup">Name of the backup.</param>
/// <param name="Replace">Whether a collection of that name is replaced.</param>
public sealed record RestoreRequest(string Backup, bool Replace)
{
    /// <summary>The new life of the collection; null until the job has drawn it.</summary>
    public string? Incarnation { get; init; }

    /// <summary>The life that is replaced; null when there was none when the job began.</summary>
    public string? Replaced { get; init; }

    /// <summary>Whether every byte of the backup was found whole.</summary>
    public bool IsChecked { get; init; }
}
