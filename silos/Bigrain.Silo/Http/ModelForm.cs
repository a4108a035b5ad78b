using System.Text;
using System.Text.Json;
using Bigrain.Api.Reindexing;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Models;
using Bigrain.Silo.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using ApiReindexRequest = Bigrain.Api.Reindexing.ReindexRequest;

namespace Bigrain.Silo.Http;

/// <summary>A reindex request with a trained model: a form of a JSON part and a file.</summary>
internal static class ModelForm
{
    private const int RestBytes = 1 << 20;

    /// <summary>Reads it; nothing is made of a damaged file.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: a part is missing or no model; <see cref="ErrorCode.TooLarge"/>.</exception>
    public static async Task<(ApiReindexRequest Body, TrainedModel Model)> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > TrainedModel.MaxBytes + RestBytes)
        {
            throw new BigrainException(ErrorCode.TooLarge, $"a model file has at most {TrainedModel.MaxBytes} bytes", ReindexForm.Model);
        }

        if (context.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } limit)
        {
            limit.MaxRequestBodySize = TrainedModel.MaxBytes + RestBytes;
        }

        IFormCollection form = await ReadFormAsync(context);
        IFormFile file = form.Files.GetFile(ReindexForm.Model)
            ?? throw Invalid($"the form has no file '{ReindexForm.Model}'", ReindexForm.Model);
        var bytes = new byte[file.Length];
        await using (Stream content = file.OpenReadStream())
        {
            await content.ReadExactlyAsync(bytes, context.RequestAborted);
        }

        return (RequestOf(form), Parse(bytes));
    }

    private static async Task<IFormCollection> ReadFormAsync(HttpContext context)
    {
        try
        {
            return await context.Request.ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException fault)
        {
            throw Invalid($"the form cannot be read: {fault.Message}", "body");
        }
    }

    private static ApiReindexRequest RequestOf(IFormCollection form)
    {
        string text = form[ReindexForm.Request].ToString();
        try
        {
            return text.Length == 0 ? new ApiReindexRequest() : ApiReplies.Parse<ApiReindexRequest>(Encoding.UTF8.GetBytes(text));
        }
        catch (JsonException fault)
        {
            string field = JsonFaults.FieldOf(fault);
            throw Invalid(
                $"part '{ReindexForm.Request}' is not the JSON of a reindex request: {JsonFaults.Describe(fault)}", field == "body" ? ReindexForm.Request : field);
        }
    }

    private static TrainedModel Parse(byte[] bytes)
    {
        try
        {
            return TrainedModel.Parse("model", bytes);
        }
        catch (CorruptBlobException fault)
        {
            throw Invalid($"the file is no sound model: {fault.Message}", ReindexForm.Model);
        }
    }

    private static BigrainException Invalid(string message, string field) => new(ErrorCode.InvalidArgument, message, field);
}
