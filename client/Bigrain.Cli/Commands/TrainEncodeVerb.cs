using System.CommandLine;
using System.Text.Json;
using Bigrain.Api.Problems;
using Bigrain.Cli.Reports;
using Bigrain.Cli.Tooling;
using Bigrain.Cli.Training;
using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Text;

namespace Bigrain.Cli.Commands;

/// <summary><c>bigrain train encode FILE --out FILE</c>: texts with the vectors of a run's encoder, as <c>bigrain import</c> and <c>bigrain query</c>
/// read them.</summary>
internal static class TrainEncodeVerb
{
    private const int Block = 1_024;

    /// <summary>Makes the verb.</summary>
    public static Command Make(VerbFactory verbs)
    {
        Argument<string> file = new("FILE") { Description = "texts: .jsonl with id, title, text" };
        Option<string?> encoder = Flag.Optional<string?>(verbs.Context, "--encoder", "encoder of a run; without it one is fitted on the texts and written there by --save-encoder", Values.Text, null);
        Option<string?> save = Flag.Optional<string?>(verbs.Context, "--save-encoder", "file for an encoder that is fitted on these texts", Values.Text, null);
        Option<int> dimension = Flag.Optional(verbs.Context, "--dimension", "of an encoder that is fitted", Values.Int(2, 1_024), 256);
        Option<string> output = Flag.Required("--out", "file to write, .jsonl", Values.Text);
        return verbs.Make("encode", "turn texts into vectors with the encoder of a run", [file, encoder, save, dimension, output], async invocation =>
        {
            IReadOnlyList<TextDocument> documents = TextFile.ReadDocuments(invocation.Get(file));
            FrozenEncoder used = await invocation.WithProgressAsync(
                "encoding", _ => Task.Run(() => Encoder(documents, invocation.Get(encoder), invocation.Get(save), invocation.Get(dimension))));
            await WriteAsync(used, documents, invocation.Get(output), invocation.CancellationToken);
            if (invocation.IsJson)
            {
                invocation.PrintJson(new EncodeReport(documents.Count, used.Dimension, invocation.Get(output)), ToolJson.Default.EncodeReport);
            }
            else
            {
                invocation.Print($"encoded {documents.Count} texts into {used.Dimension} dimensions: {invocation.Get(output)}");
            }

            return ExitCode.Ok;
        });
    }

    private static FrozenEncoder Encoder(IReadOnlyList<TextDocument> documents, string? path, string? save, int dimension)
    {
        if ((path is null) == (save is null))
        {
            throw new ToolException(ExitCode.BadUsage, new ApiProblem
            {
                Type = ProblemTypes.InvalidArgument,
                Title = "bad usage",
                Field = "--encoder",
                Detail = "give --encoder to use one, or --save-encoder to fit one and keep it: vectors of an encoder that is lost are of no use",
            });
        }

        if (path is not null)
        {
            return File.Exists(path)
                ? FrozenEncoder.FromBytes(path, File.ReadAllBytes(path))
                : throw new BigrainException(ErrorCode.NotFound, $"{path}: no such file", "encoder");
        }

        var fitted = FrozenEncoder.Fit([.. documents.Select(static document => document.Whole)], new EncoderOptions { Dimension = dimension });
        File.WriteAllBytes(save!, fitted.ToBytes());
        return fitted;
    }

    private static async Task WriteAsync(FrozenEncoder encoder, IReadOnlyList<TextDocument> documents, string path, CancellationToken cancellationToken)
    {
        await using FileStream target = File.Create(path + ".partial");
        await using (var writer = new Utf8JsonWriter(target, new JsonWriterOptions { SkipValidation = true }))
        {
            for (int first = 0; first < documents.Count; first += Block)
            {
                cancellationToken.ThrowIfCancellationRequested();
                TextDocument[] block = [.. documents.Skip(first).Take(Block)];
                float[] vectors = encoder.Encode([.. block.Select(static document => document.Whole)]);
                for (int i = 0; i < block.Length; i++)
                {
                    Write(writer, block[i], vectors.AsSpan(i * encoder.Dimension, encoder.Dimension));
                    await writer.FlushAsync(cancellationToken);
                    writer.Reset();
                    target.WriteByte((byte)'\n');
                }
            }
        }

        target.Close();
        File.Move(path + ".partial", path, overwrite: true);
    }

    private static void Write(Utf8JsonWriter writer, TextDocument document, ReadOnlySpan<float> vector)
    {
        writer.WriteStartObject();
        writer.WriteString("id", document.Id);
        writer.WriteString("title", document.Title);
        writer.WriteString("text", document.Text);
        writer.WriteBase64String("vectorBase64", System.Runtime.InteropServices.MemoryMarshal.AsBytes(vector));
        writer.WriteEndObject();
    }
}
