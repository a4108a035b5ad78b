using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bigrain.Index.Segments.Files;

/// <summary>CRC-32C over a slot number and its record: a record that moved to another slot fails as well.</summary>
internal static class RecordChecksum
{
    /// <summary>Computes the checksum.</summary>
    /// <param name="slot">Slot of the record.</param>
    /// <param name="record">The record without its checksum.</param>
    public static uint Compute(int slot, ReadOnlySpan<byte> record)
    {
        uint crc = BitOperations.Crc32C(uint.MaxValue, (uint)slot);
        ref byte start = ref MemoryMarshal.GetReference(record);
        int i = 0;
        for (; i <= record.Length - sizeof(ulong); i += sizeof(ulong))
        {
            crc = BitOperations.Crc32C(crc, Unsafe.ReadUnaligned<ulong>(ref Unsafe.Add(ref start, i)));
        }

        for (; i < record.Length; i++)
        {
            crc = BitOperations.Crc32C(crc, record[i]);
        }

        return ~crc;
    }
}
