using System.Text.Json;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;
using Bigrain.Kernels.Distances;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Models;

/// <summary>What a model must be like before anything is made with it.</summary>
internal static class ModelRules
{
    // Off the unit and off the right angle, of rows that a trainer has made orthogonal to 1e-4.
    private const float MostSkew = 1e-2f;

    private const int MostProvenanceBytes = 1 << 20;

    /// <summary>All arrays of a model in the order of the file.</summary>
    public static IEnumerable<ReadOnlyMemory<float>> Sections(ModelContent content)
    {
        yield return content.Rotation;
        yield return content.Codebooks.Centroids.ToArray();
        if (content.ScoreCodebooks is { } score)
        {
            yield return score.Centroids.ToArray();
        }

        foreach (float[]? part in new[] { content.Centroids, content.SparseQueryHead, content.DenseQueryHead, content.DenseDocumentHead })
        {
            if (part is not null)
            {
                yield return part;
            }
        }
    }

    /// <summary>Checks shapes and values.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>.</exception>
    public static void Require(ModelContent content)
    {
        int dimension = content.Dimension;
        Require(dimension is >= 1 and <= Limits.MaxDimension, $"dimension {dimension} is out of range: use 1 to {Limits.MaxDimension}");
        Require(content.Metric is Metric.Cosine or Metric.Dot, "a model is for cosine or dot: l2 cannot be trained");
        RequireShape(content.Rotation, dimension, "rotation");
        RequireShape(content.Codebooks, content);
        RequireShape(content.ScoreCodebooks ?? content.Codebooks, content);
        Require(
            content.Centroids is null || (content.Centroids.Length > 0 && content.Centroids.Length % dimension == 0),
            "coarse centroids are not rows of the dimension");
        RequireShape(content.SparseQueryHead, dimension, "sparse query head");
        RequireShape(content.DenseQueryHead, dimension, "dense query head");
        RequireShape(content.DenseDocumentHead, dimension, "dense document head");
        Require(content.Shortlist is >= 1 and <= Limits.MaxShortlist, $"shortlist {content.Shortlist} is out of range: use 1 to {Limits.MaxShortlist}");
        Require(float.IsFinite(content.Lambda), "lambda is not a finite number");
        Require(content.Provenance.Length <= MostProvenanceBytes && IsObject(content.Provenance), "provenance is no JSON object of at most 1 MiB");
        foreach (ReadOnlyMemory<float> section in Sections(content))
        {
            foreach (float value in section.Span)
            {
                Require(float.IsFinite(value), "a matrix holds values that are not finite");
            }
        }

        RequireRotation(content.Rotation, dimension);
    }

    /// <summary>The error of a model that does not hold.</summary>
    public static BigrainException Invalid(string message) => new(ErrorCode.InvalidArgument, message, "model");

    private static void RequireShape(float[]? matrix, int dimension, string name) =>
        Require(matrix is null || matrix.LongLength == (long)dimension * dimension, $"the {name} is not of {dimension} times {dimension} values");

    private static void RequireShape(PqCodebooks codebooks, ModelContent content) => Require(
        codebooks.Dimension == content.Dimension
            && codebooks.Bits == content.Codebooks.Bits
            && codebooks.SubspaceCount == content.Codebooks.SubspaceCount,
        "codebooks differ in dimension, bits or subspaces");

    /// <summary>A rotation keeps lengths and angles. Each row is compared with itself and the next: enough to tell one from anything else.</summary>
    private static void RequireRotation(float[] rotation, int dimension)
    {
        for (int i = 0; i < dimension; i++)
        {
            ReadOnlySpan<float> row = rotation.AsSpan(i * dimension, dimension);
            ReadOnlySpan<float> next = rotation.AsSpan((i + 1) % dimension * dimension, dimension);
            float own = DotProduct.Compute(row, row);
            float other = dimension == 1 ? 0 : DotProduct.Compute(row, next);
            Require(Math.Abs(own - 1) < MostSkew && Math.Abs(other) < MostSkew, "the rotation is not orthogonal");
        }
    }

    private static bool IsObject(string json)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw Invalid(fault);
        }
    }
}
