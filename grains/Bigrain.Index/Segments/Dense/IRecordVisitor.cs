namespace Bigrain.Index.Segments.Dense;

/// <summary>Takes verified records; implemented by structs so that the loop over them is one method.</summary>
internal interface IRecordVisitor
{
    /// <summary>Takes one record; ranges in flight call it from several threads, each index once, or once more with the same
    /// record where a range had to be read again.</summary>
    /// <param name="index">Index of the slot among those asked for.</param>
    /// <param name="record">The record without its checksum; valid during the call.</param>
    void Visit(int index, ReadOnlySpan<byte> record);
}
