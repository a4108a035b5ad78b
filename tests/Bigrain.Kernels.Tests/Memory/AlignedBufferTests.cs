using Bigrain.Kernels.Memory;

namespace Bigrain.Kernels.Tests.Memory;

public unsafe class AlignedBufferTests
{
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(100_001)]
    public void A_new_buffer_is_zeroed_and_aligned_to_a_cache_line(int length)
    {
        using var buffer = new AlignedBuffer<float>(length);

        Assert.Equal(length, buffer.Length);
        Assert.Equal(length * 4, buffer.LengthBytes);
        Assert.Equal(0, (nint)buffer.Pointer % 64);
        Assert.Equal(length, buffer.Span.Length);
        Assert.False(buffer.Span.ContainsAnyExcept(0f));
    }

    [Fact]
    public void A_slice_is_the_buffer_itself()
    {
        using var buffer = new AlignedBuffer<int>(100);

        buffer.Slice(10, 5)[2] = 7;
        buffer[99] = 9;

        Assert.Equal(7, buffer.Span[12]);
        Assert.Equal(9, buffer.Slice(99, 1)[0]);
    }

    [Fact]
    public void Parts_outside_the_buffer_are_refused()
    {
        using var buffer = new AlignedBuffer<int>(100);

        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Slice(96, 5).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer.Slice(-1, 5).Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer[100]);
        Assert.Throws<ArgumentOutOfRangeException>(() => buffer[-1]);
        Assert.Throws<ArgumentOutOfRangeException>(() => new AlignedBuffer<int>(-1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new AlignedBuffer<long>(nint.MaxValue / 4));
    }

    [Fact]
    public void A_disposed_buffer_throws_and_may_be_disposed_again()
    {
        var buffer = new AlignedBuffer<byte>(10);
        buffer.Dispose();
        buffer.Dispose();

        Assert.Throws<ObjectDisposedException>(() => buffer.Span.Length);
        Assert.Throws<ObjectDisposedException>(() => buffer[0]);
    }
}
