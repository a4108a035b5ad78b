using Bigrain.Cli.Files;

namespace Bigrain.Cli.Importing;

/// <summary>What is imported where.</summary>
/// <param name="Collection">Collection.</param>
/// <param name="Paths">Files in order.</param>
/// <param name="Window">Which rows of them.</param>
/// <param name="IdsPath">File of ids; null where rows carry theirs or their number is the id.</param>
/// <param name="InFlight">Requests under way at once.</param>
/// <param name="Salt">Makes batch ids differ from those of an earlier import of the same rows; empty normally.</param>
internal sealed record ImportJob(
    string Collection, IReadOnlyList<string> Paths, RowWindow Window, string? IdsPath, int InFlight, string Salt);
