using System.Buffers;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>A whole request body in one pooled block: the readers walk over it and copy only what they keep.</summary>
internal readonly struct RequestBody : IDisposable
{
    private const int FirstBytes = 16 * 1024;

    private readonly byte[] _buffer;
    private readonly int _length;

    private RequestBody(byte[] buffer, int length)
    {
        _buffer = buffer;
        _length = length;
    }

    /// <summary>The body; valid until disposal.</summary>
    public ReadOnlySpan<byte> Bytes => _buffer.AsSpan(0, _length);

    /// <summary>Reads the body of a request to its end.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.TooLarge"/>: the body is over its limit.</exception>
    /// <exception cref="BadHttpRequestException">The body is far over its limit, or broke off.</exception>
    public static async Task<RequestBody> ReadAsync(HttpContext context)
    {
        // The length header is the sender's word: a wrong one must not make us take 32 MiB for nothing.
        long announced = context.Request.ContentLength ?? 0;
        byte[] buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(announced + 1, FirstBytes, Limits.MaxBodyBytes + 1));
        int length = 0;
        try
        {
            while (true)
            {
                int read = await context.Request.Body.ReadAsync(buffer.AsMemory(length), context.RequestAborted);
                if (read == 0)
                {
                    return new RequestBody(buffer, length);
                }

                length += read;
                if (length > Limits.MaxBodyBytes)
                {
                    await DrainAsync(context, buffer);
                    throw new BigrainException(
                        ErrorCode.TooLarge, FormattableString.Invariant($"the body is over {Limits.MaxBodyBytes} bytes: split it into several requests"), "body");
                }

                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(buffer.Length * 2);
                    buffer.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
            }
        }
        catch
        {
            ArrayPool<byte>.Shared.Return(buffer);
            throw;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);

    /// <summary>Reads what is left: a client that is still sending would see a broken connection instead of its answer.</summary>
    private static async Task DrainAsync(HttpContext context, byte[] buffer)
    {
        while (await context.Request.Body.ReadAsync(buffer, context.RequestAborted) > 0)
        {
        }
    }
}
