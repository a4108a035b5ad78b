namespace Bigrain.Cli.Reports;

/// <summary>What <c>verify</c> found.</summary>
/// <param name="Collection">Collection.</param>
/// <param name="Segments">Segments read.</param>
/// <param name="Blobs">Blobs read.</param>
/// <param name="Bytes">Bytes read: of segments, manifests, the log and what names them.</param>
/// <param name="Damage">Damaged places; empty when every byte is what was written.</param>
internal sealed record VerifyReport(string Collection, int Segments, long Blobs, long Bytes, IReadOnlyList<VerifyDamage> Damage);
