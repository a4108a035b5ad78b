namespace Bigrain.Cli.Reports;

/// <summary>A place where a blob is not what was written.</summary>
/// <param name="Blob">Name of the blob.</param>
/// <param name="Offset">Where in it, in bytes.</param>
/// <param name="Expected">What should stand there.</param>
/// <param name="Found">What stands there.</param>
internal sealed record VerifyDamage(string Blob, long Offset, string Expected, string Found);
