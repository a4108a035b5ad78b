using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Xunit;

namespace Bigrain.Index.Tests.Formats;

public sealed class BlobEnvelopeTests
{
    private const string Golden = "4247424c010004002400000000000000010203049ccdfef5962d5c0a58a2592b78ab2d25";

    [Fact]
    public void The_bytes_of_version_1_stay_readable()
    {
        Assert.Equal(Golden, Convert.ToHexStringLower(BlobEnvelope.Wrap(BlobKind.Manifest, 1, [1, 2, 3, 4])));
        ReadOnlyMemory<byte> body = BlobEnvelope.Unwrap(BlobKind.Manifest, "m", Convert.FromHexString(Golden), out ushort version);
        Assert.Equal([1, 2, 3, 4], body.ToArray());
        Assert.Equal(1, version);
    }

    [Fact]
    public void Every_flipped_bit_and_every_cut_is_refused_by_name()
    {
        byte[] blob = BlobEnvelope.Wrap(BlobKind.Epoch, 1, "some body"u8);
        for (int bit = 0; bit < blob.Length * 8; bit++)
        {
            byte[] damaged = [.. blob];
            damaged[bit / 8] ^= (byte)(1 << (bit % 8));
            CorruptBlobException error = Assert.Throws<CorruptBlobException>(() => BlobEnvelope.Unwrap(BlobKind.Epoch, "e", damaged, out _));
            Assert.Equal("e", error.BlobName);
        }

        for (int length = 0; length < blob.Length; length++)
        {
            Assert.Throws<CorruptBlobException>(() => BlobEnvelope.Unwrap(BlobKind.Epoch, "e", blob.AsMemory(0, length), out _));
        }

        Assert.Throws<CorruptBlobException>(() => BlobEnvelope.Unwrap(BlobKind.Epoch, "e", (byte[])[.. blob, 0], out _));
    }

    [Fact]
    public void Another_kind_or_an_unknown_version_is_refused()
    {
        byte[] newer = BlobEnvelope.Wrap(BlobKind.Epoch, 2, [1]), zero = BlobEnvelope.Wrap(BlobKind.Epoch, 0, [1]);
        byte[] manifest = BlobEnvelope.Wrap(BlobKind.Manifest, 1, [1]);
        Assert.Equal(4, Assert.Throws<CorruptBlobException>(() => BlobEnvelope.Unwrap(BlobKind.Epoch, "e", newer, out _)).Offset);
        Assert.Equal(4, Assert.Throws<CorruptBlobException>(() => BlobEnvelope.Unwrap(BlobKind.Epoch, "e", zero, out _)).Offset);
        Assert.Equal(6, Assert.Throws<CorruptBlobException>(() => BlobEnvelope.Unwrap(BlobKind.Epoch, "e", manifest, out _)).Offset);
    }
}
