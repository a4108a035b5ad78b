namespace Bigrain.Cli.Exporting;

/// <summary>How far an export has come, kept beside its unfinished file.</summary>
/// <param name="Collection">Name of the collection.</param>
/// <param name="Incarnation">Its life: one that was dropped and made again is another.</param>
/// <param name="After">Where the next page begins; null at the start.</param>
/// <param name="Bytes">Bytes of the file that are whole.</param>
/// <param name="Documents">Documents in them.</param>
internal sealed record ExportState(string Collection, string? Incarnation, string? After, long Bytes, long Documents);
