namespace Bigrain.Index.Coarse;

/// <summary>Where the memory of a coarse index goes, in bytes.</summary>
/// <param name="CodesBytes">Codes of documents (under <c>flat</c> the vectors).</param>
/// <param name="FactorsBytes">Correction factors of documents.</param>
/// <param name="CentroidsBytes">Centroids in every form, with what routing needs.</param>
/// <param name="PaddingBytes">Unused codes and factors at the end of leaves.</param>
/// <param name="OtherBytes">Header, leaf starts and alignment.</param>
public readonly record struct CoarseMemory(long CodesBytes, long FactorsBytes, long CentroidsBytes, long PaddingBytes, long OtherBytes)
{
    /// <summary>All of it.</summary>
    public long TotalBytes => CodesBytes + FactorsBytes + CentroidsBytes + PaddingBytes + OtherBytes;
}
