using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Bigrain.Kernels.Memory;

/// <summary>A zeroed block of native memory outside the garbage-collected heap, aligned to 64 bytes.</summary>
/// <typeparam name="T">Element type.</typeparam>
/// <remarks>The owner disposes it; nobody may hold a span or pointer past that. The finalizer frees what was
/// forgotten. Concurrent readers are safe; <see cref="Dispose"/> is idempotent and may race with itself, not with readers.</remarks>
public sealed unsafe class AlignedBuffer<T> : IDisposable
    where T : unmanaged
{
    /// <summary>Alignment of the first element in bytes: one cache line, one 512-bit vector.</summary>
    public const int AlignmentBytes = 64;

    private nint _address;

    /// <summary>Allocates a zeroed buffer.</summary>
    /// <param name="length">Elements; 0 is allowed.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="length"/> is negative, or its bytes pass the address space.</exception>
    /// <exception cref="OutOfMemoryException">The system has no such block.</exception>
    public AlignedBuffer(nint length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, (nint.MaxValue - AlignmentBytes) / sizeof(T));
        Length = length;
        LengthBytes = length * sizeof(T);
        // Whole lines, so that a kernel may read the vector that holds the last element.
        var bytes = (nuint)((Math.Max(LengthBytes, 1) + AlignmentBytes - 1) / AlignmentBytes * AlignmentBytes);
        var block = NativeMemory.AlignedAlloc(bytes, AlignmentBytes);
        NativeMemory.Clear(block, bytes);
        _address = (nint)block;
    }

    /// <summary>Frees a buffer that its owner forgot.</summary>
    ~AlignedBuffer() => Free();

    /// <summary>Elements.</summary>
    public nint Length { get; }

    /// <summary>Bytes of all elements.</summary>
    public nint LengthBytes { get; }

    /// <summary>Address of the first element.</summary>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public T* Pointer
    {
        get
        {
            var address = _address;
            ObjectDisposedException.ThrowIf(address == 0, this);
            return (T*)address;
        }
    }

    /// <summary>All elements as a span.</summary>
    /// <exception cref="InvalidOperationException">The buffer is longer than a span can be: use <see cref="Slice"/>.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public Span<T> Span
    {
        get
        {
            if (Length > int.MaxValue)
            {
                throw new InvalidOperationException(
                    $"a buffer of {Length} elements does not fit one span, slice it");
            }

            return new Span<T>(Pointer, (int)Length);
        }
    }

    /// <summary>One element by reference.</summary>
    /// <param name="index">0 to <see cref="Length"/> - 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="index"/> is outside the buffer.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public ref T this[nint index]
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((nuint)index, (nuint)Length, nameof(index));
            return ref Pointer[index];
        }
    }

    /// <summary>A part of the buffer as a span.</summary>
    /// <param name="start">First element.</param>
    /// <param name="length">Elements.</param>
    /// <exception cref="ArgumentOutOfRangeException">The part is not inside the buffer.</exception>
    /// <exception cref="ObjectDisposedException">The buffer was disposed.</exception>
    public Span<T> Slice(nint start, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(start);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(start, Length - length);
        return new Span<T>(Pointer + start, length);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        var address = Interlocked.Exchange(ref _address, 0);
        if (address != 0)
        {
            NativeMemory.AlignedFree((void*)address);
        }
    }
}
