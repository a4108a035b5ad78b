using System.Buffers;
using System.IO.Pipelines;
using System.Text.Json;
using Bigrain.Api;
using Bigrain.Api.Documents;
using Bigrain.Api.Problems;
using Bigrain.Api.Serialization;
using Bigrain.Grains.Collections;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;
using Bigrain.Silo.Http.Bodies;
using Bigrain.Silo.Membership;
using Bigrain.Silo.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Hosting;
using WriteToken = Bigrain.Index.Documents.WriteToken;

namespace Bigrain.Silo.Http;

/// <summary>Newline-delimited writes: each line is a request of its own, written in order, answered by a line.</summary>
internal sealed class DocumentStream(
    CollectionDirectory directory, IIdHash hash, BatchIds ids, DocumentWriter writer, MembershipState membership, IHostApplicationLifetime lifetime, TimeProvider time)
{
    private static readonly TimeSpan TimeToReadTheEnd = TimeSpan.FromSeconds(1);

    /// <summary>Answers a whole request.</summary>
    public async Task WriteAsync(HttpContext context, string collection)
    {
        // The limit holds for each line here; the stream as a whole may be as long as the data.
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        context.Response.ContentType = ApiMediaTypes.NewlineDelimitedJson;
        PipeReader reader = PipeReader.Create(context.Request.Body, new StreamPipeReaderOptions(bufferSize: 256 * 1024));
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        long number = 0;
        while (true)
        {
            ReadResult read;
            try
            {
                read = await reader.ReadAsync(ending.Token);
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                // A stream may be without an end; a silo that stops cannot wait for it.
                await WriteLineAsync(context, new WriteLine { Line = number, Error = Problem(context, Stopping()) });
                await context.Response.CompleteAsync();

                // The server would wait for the rest of the body until it is stopped by force.
                await Task.Delay(TimeToReadTheEnd, time, CancellationToken.None);
                context.Abort();
                return;
            }

            ReadOnlySequence<byte> buffer = read.Buffer;
            while (Lines.TryTake(ref buffer, read.IsCompleted, out ReadOnlySequence<byte> line))
            {
                if (!IsBlank(line))
                {
                    await AnswerAsync(context, collection, number++, line);
                }
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (buffer.Length > Limits.MaxBodyBytes)
            {
                // Without the end of this line there is no next one to go on with.
                await WriteLineAsync(context, new WriteLine { Line = number, Error = Problem(context, TooLong()) });
                return;
            }

            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    private static BigrainException TooLong() => new(
        ErrorCode.TooLarge, FormattableString.Invariant($"the line is over {Limits.MaxBodyBytes} bytes: split it"), "body");

    private static BigrainException Stopping() => new(
        ErrorCode.Unavailable, "this silo stops: send this line and those behind it to another silo");

    private static bool IsBlank(ReadOnlySequence<byte> line)
    {
        foreach (ReadOnlyMemory<byte> part in line)
        {
            if (part.Span.ContainsAnyExcept(" \t\r"u8))
            {
                return false;
            }
        }

        return true;
    }

    private static ApiProblem Problem(HttpContext context, BigrainException error) =>
        ProblemMapping.ToProblem(error, ProblemResponses.TraceIdOf(context));

    private static async Task WriteLineAsync(HttpContext context, WriteLine line)
    {
        PipeWriter body = context.Response.BodyWriter;
        await using (var json = new Utf8JsonWriter(body))
        {
            JsonSerializer.Serialize(json, line, ApiJson.Default.WriteLine);
        }

        body.Write("\n"u8);
        await body.FlushAsync(context.RequestAborted);
    }

    private async Task AnswerAsync(HttpContext context, string collection, long number, ReadOnlySequence<byte> line)
    {
        var answer = new WriteLine { Line = number };
        try
        {
            WriteGate.Check(membership);
            CollectionSnapshot known = await directory.GetAsync(collection, context.RequestAborted);
            WriteRequestBuilder request = Parse(known, line, answer);
            WriteToken token = await writer.WriteAsync(known, request.Build(), timeout: null, context.RequestAborted);
            answer.Accepted = request.RowCount;
            answer.Token = token.ToString();
        }
        catch (Exception error) when (!context.RequestAborted.IsCancellationRequested)
        {
            answer.Error = ProblemMiddleware.Describe(context, error);
        }

        await WriteLineAsync(context, answer);
    }

    private WriteRequestBuilder Parse(CollectionSnapshot known, ReadOnlySequence<byte> line, WriteLine answer)
    {
        int length = checked((int)line.Length);
        byte[]? rented = line.IsSingleSegment ? null : ArrayPool<byte>.Shared.Rent(length);
        try
        {
            if (rented is not null)
            {
                line.CopyTo(rented);
            }

            ReadOnlySpan<byte> bytes = rented is null ? line.FirstSpan : rented.AsSpan(0, length);
            WriteRequestBuilder request = new WriteParser(known.Head, hash, ids).ParseDocuments(bytes, out string? batchId);
            answer.BatchId = batchId;
            return request;
        }
        finally
        {
            if (rented is not null)
            {
                ArrayPool<byte>.Shared.Return(rented);
            }
        }
    }
}
