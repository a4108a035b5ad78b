using System.Runtime.InteropServices;
using System.Text.Json;
using Bigrain.Api;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Cli.Tooling;
using Bigrain.Client;
using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;

namespace Bigrain.Cli.Training;

/// <summary>All documents of a live collection: ids, vectors as they are stored, and texts where payloads hold them.</summary>
/// <param name="Metric">Metric of the collection.</param>
/// <param name="Vectors">Vectors, one a row.</param>
/// <param name="Texts">Ids and texts of the same rows.</param>
internal sealed record CollectionDocuments(RankMetric Metric, Matrix Vectors, IReadOnlyList<TextDocument> Texts)
{
    /// <summary>Reads a collection, page by page.</summary>
    /// <exception cref="BigrainException">Its metric cannot be trained, or it is empty or too large for memory.</exception>
    public static async Task<CollectionDocuments> ReadAsync(
        BigrainClient client, TrainInputs inputs, IProgress<Share> progress, CancellationToken cancellationToken)
    {
        CollectionInfo info = await client.GetCollectionAsync(inputs.Collection!, cancellationToken);
        RankMetric metric = info.Metric switch
        {
            "cosine" => RankMetric.Cosine,
            "dot" => RankMetric.Dot,
            _ => throw new BigrainException(
                ErrorCode.InvalidArgument, $"the metric of {info.Name} is {info.Metric}; training needs cosine or dot", "collection"),
        };
        var texts = new List<TextDocument>();
        var values = new List<float>();
        string? after = null;
        do
        {
            DocumentPage page = await client.ListDocumentsAsync(info.Name, after, ApiLimits.MaxPageDocuments, base64: true, cancellationToken);
            foreach (StoredDocument document in page.Documents)
            {
                if (document.VectorBase64 is not { } bytes)
                {
                    continue;
                }

                if (values.Count > Array.MaxLength - info.Dimension)
                {
                    throw new BigrainException(
                        ErrorCode.TooLarge, $"{info.Name} does not fit in one array of this process; train on a part of it, exported to a file", "collection");
                }

                values.AddRange(MemoryMarshal.Cast<byte, float>(bytes));
                texts.Add(TextOf(document, inputs));
            }

            after = page.NextAfter;
            progress.Report(new Share(texts.Count, info.Documents is { } total ? Math.Max(total, texts.Count) : null, $"reading {info.Name}"));
        }
        while (after is not null);

        return texts.Count > 0
            ? new CollectionDocuments(metric, new Matrix([.. values], texts.Count, info.Dimension), texts)
            : throw new BigrainException(ErrorCode.InvalidArgument, $"{info.Name} is empty; import documents first", "collection");
    }

    private static TextDocument TextOf(StoredDocument document, TrainInputs inputs)
    {
        if (document.Payload is not { Utf8.IsEmpty: false } payload)
        {
            return new TextDocument(document.Id, "", "");
        }

        using var json = JsonDocument.Parse(payload.Utf8);
        return json.RootElement.ValueKind == JsonValueKind.Object
            ? TextFile.Parse(json.RootElement, document.Id, inputs.TitleField, inputs.TextField)
            : new TextDocument(document.Id, "", "");
    }
}
