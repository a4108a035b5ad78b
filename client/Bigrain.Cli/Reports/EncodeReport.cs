namespace Bigrain.Cli.Reports;

/// <summary>Texts that became vectors.</summary>
/// <param name="Documents">How many.</param>
/// <param name="Dimension">Dimension of the vectors.</param>
/// <param name="File">Where they are.</param>
internal sealed record EncodeReport(int Documents, int Dimension, string File);
