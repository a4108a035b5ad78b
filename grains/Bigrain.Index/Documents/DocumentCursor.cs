using System.Buffers.Binary;
using System.Buffers.Text;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Documents;

/// <summary>A place in the order in which the documents of a collection are listed: by id hash, then by id.</summary>
/// <remarks>The order belongs to the ids alone. It is the same in every generation and on every replica, whatever is compacted or
/// rebuilt between two pages.</remarks>
/// <param name="IdHash">Hash of the id.</param>
/// <param name="Id">The id, UTF-8.</param>
public sealed record DocumentCursor(ulong IdHash, ReadOnlyMemory<byte> Id)
{
    /// <summary>Reads a cursor.</summary>
    /// <param name="text">As <see cref="ToString"/> wrote it.</param>
    /// <param name="field">Wire name of the field that carries it.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: it is none.</exception>
    public static DocumentCursor Parse(string text, string field)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            byte[] bytes = Base64Url.DecodeFromChars(text);
            if (bytes.Length > sizeof(ulong))
            {
                return new DocumentCursor(BinaryPrimitives.ReadUInt64LittleEndian(bytes), bytes.AsMemory(sizeof(ulong)));
            }
        }
        catch (FormatException)
        {
            // As below.
        }

        throw new BigrainException(ErrorCode.InvalidArgument, $"{field} is not what a page gave as nextAfter", field);
    }

    /// <summary>Whether a document comes behind this place.</summary>
    public bool IsBefore(ulong idHash, ReadOnlySpan<byte> id) =>
        idHash > IdHash || (idHash == IdHash && id.SequenceCompareTo(Id.Span) > 0);

    /// <summary>The cursor as text for a URL.</summary>
    public override string ToString()
    {
        byte[] bytes = new byte[sizeof(ulong) + Id.Length];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, IdHash);
        Id.CopyTo(bytes.AsMemory(sizeof(ulong)));
        return Base64Url.EncodeToString(bytes);
    }
}
