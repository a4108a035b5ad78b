using System.Buffers;
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
    /// <exception cref="BadHttpRequestException">The body is over its limit, or broke off.</exception>
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
}
