using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using Bigrain.Api;
using Bigrain.Grains.Jobs;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.Index.Schema;
using Bigrain.Silo.Http.Bodies;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Bigrain.Silo.Http;

/// <summary>Takes in a list of ids of any length and makes a job that deletes them.</summary>
/// <remarks>The list is stored in parts as it comes; the job is made when all of it is there.</remarks>
internal sealed class BulkDeletes(JobInputs inputs, JobStore jobs, JobRequests requests)
{
    // An id is never longer than this as JSON, escapes included.
    private const int MaxLineBytes = 16 * 1024;

    /// <summary>Reads the body and makes the job.</summary>
    /// <param name="context">The request.</param>
    /// <param name="collection">Where to delete.</param>
    /// <param name="key">Key of the request; null: none.</param>
    /// <exception cref="BigrainException">InvalidArgument: a line is no id; the field has its number. Conflict: another request has the key.</exception>
    public async Task<JobRecord> StartAsync(HttpContext context, string collection, string? key)
    {
        JobName name = requests.NameOf(key, JobBodies.DeleteIds);
        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = null;
        }

        var parts = new Parts(name.Id, inputs);
        try
        {
            await (IsLines(context.Request) ? ReadLinesAsync(context, parts) : ReadListAsync(context, parts));
            await parts.FlushAsync(context.RequestAborted);
            return parts.IdCount > 0
                ? await requests.StartOnAsync(
                    name, collection, JobBodies.OfDeleteIds(parts.PartCount, parts.IdCount), prepare: null, context.RequestAborted)
                : throw JsonBody.Invalid("ids", "there are no ids: send one JSON text a line, or {\"ids\":[...]}");
        }
        catch (Exception) when (parts.PartCount > 0 && !name.IsKeyed)
        {
            // Under a key the same list may be on its way once more, into the same parts: what no job names is garbage.
            await jobs.RemoveDataAsync(name.Id, CancellationToken.None);
            throw;
        }
    }

    private static bool IsLines(HttpRequest request) =>
        request.ContentType?.StartsWith(ApiMediaTypes.NewlineDelimitedJson, StringComparison.OrdinalIgnoreCase) == true;

    private static async Task ReadListAsync(HttpContext context, Parts parts)
    {
        List<string> ids = [];
        using (RequestBody body = await RequestBody.ReadAsync(context))
        {
            using JsonDocument document = JsonDocument.Parse(body.Bytes.ToArray());
            if (document.RootElement is not { ValueKind: JsonValueKind.Object } root
                || !root.TryGetProperty("ids", out JsonElement list)
                || list.ValueKind != JsonValueKind.Array)
            {
                throw JsonBody.Invalid("ids", "ids is missing: send {\"ids\":[...]}");
            }

            foreach (JsonElement element in list.EnumerateArray())
            {
                ids.Add(element.ValueKind == JsonValueKind.String
                    ? element.GetString()!
                    : throw JsonBody.Invalid(FormattableString.Invariant($"ids[{ids.Count}]"), "an id is a text"));
            }
        }

        foreach (string id in ids)
        {
            await parts.AddAsync(id, context.RequestAborted);
        }
    }

    private static async Task ReadLinesAsync(HttpContext context, Parts parts)
    {
        PipeReader reader = PipeReader.Create(context.Request.Body, new StreamPipeReaderOptions(bufferSize: 256 * 1024));
        while (true)
        {
            ReadResult read = await reader.ReadAsync(context.RequestAborted);
            ReadOnlySequence<byte> buffer = read.Buffer;
            while (Lines.TryTake(ref buffer, read.IsCompleted, out ReadOnlySequence<byte> line))
            {
                if (IdOf(line, parts.IdCount) is { } id)
                {
                    await parts.AddAsync(id, context.RequestAborted);
                }
            }

            if (buffer.Length > MaxLineBytes)
            {
                throw JsonBody.Invalid(FormattableString.Invariant($"ids[{parts.IdCount}]"), FormattableString.Invariant($"the line is over {MaxLineBytes} bytes: write one id a line"));
            }

            reader.AdvanceTo(buffer.Start, buffer.End);
            if (read.IsCompleted)
            {
                return;
            }
        }
    }

    /// <summary>The id of a line: a text, or the <c>id</c> of an object; null for a blank line.</summary>
    private static string? IdOf(ReadOnlySequence<byte> line, long number)
    {
        string field = FormattableString.Invariant($"ids[{number}]");
        byte[] bytes = line.ToArray();
        if (!bytes.AsSpan().ContainsAnyExcept(" \t\r"u8))
        {
            return null;
        }

        try
        {
            using JsonDocument document = JsonDocument.Parse(bytes);
            return document.RootElement switch
            {
                { ValueKind: JsonValueKind.String } text => text.GetString(),
                { ValueKind: JsonValueKind.Object } row when row.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.String => id.GetString(),
                _ => throw JsonBody.Invalid(field, "a line is the id as JSON text, or an object with an \"id\""),
            };
        }
        catch (JsonException)
        {
            throw JsonBody.Invalid(field, "the line is not JSON: write the id in quotes");
        }
        catch (InvalidOperationException)
        {
            throw JsonBody.Invalid(field, "the id is not valid UTF-8");
        }
    }

    /// <summary>Collects ids and writes them in parts.</summary>
    private sealed class Parts(string id, JobInputs inputs)
    {
        private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

        private readonly List<ReadOnlyMemory<byte>> _ids = [];
        private int _bytes;

        public int PartCount { get; private set; }

        public long IdCount { get; private set; }

        public async ValueTask AddAsync(string text, CancellationToken cancellationToken)
        {
            byte[] utf8 = Encode(text);
            _ids.Add(utf8);
            _bytes += utf8.Length;
            IdCount++;
            if (_ids.Count >= JobBodies.MaxPartIds || _bytes >= JobBodies.MaxPartBytes)
            {
                await FlushAsync(cancellationToken);
            }
        }

        public async ValueTask FlushAsync(CancellationToken cancellationToken)
        {
            if (_ids.Count > 0)
            {
                await inputs.WriteAsync(id, PartCount++, FetchedDocument.EncodeIds(_ids), cancellationToken);
                _ids.Clear();
                _bytes = 0;
            }
        }

        private byte[] Encode(string text)
        {
            try
            {
                byte[] utf8 = Strict.GetBytes(text);
                if (utf8.Length is > 0 and <= Limits.MaxIdBytes)
                {
                    return utf8;
                }
            }
            catch (EncoderFallbackException)
            {
                // As below.
            }

            throw JsonBody.Invalid(
                FormattableString.Invariant($"ids[{IdCount}]"), FormattableString.Invariant($"an id must have 1 to {Limits.MaxIdBytes} bytes of UTF-8"));
        }
    }
}
