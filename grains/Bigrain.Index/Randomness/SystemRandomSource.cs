using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Bigrain.Index.Randomness;

/// <summary>Random numbers of the operating system: for names that must never meet again.</summary>
public sealed class SystemRandomSource : IRandomSource
{
    /// <inheritdoc/>
    public ulong NextUInt64()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
