using Bigrain.Api.Collections;
using Bigrain.Contracts.Collections;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;
using Bigrain.Silo.Http.Bodies;

namespace Bigrain.Silo.Http;

/// <summary>Reads a create request in its short or its long form.</summary>
internal static class CollectionRequests
{
    private const string LongPrefix = "representations[0].";

    /// <summary>The schema that a request means, with every default filled in.</summary>
    /// <exception cref="BigrainException">InvalidArgument, with the field.</exception>
    public static WireSchema ToSchema(CollectionRequest request)
    {
        if (request.Text is true)
        {
            throw JsonBody.Invalid("text", "text collections are not supported by this release: leave text out");
        }

        return new WireSchema(
            RepresentationsOf(request),
            [.. (request.Fields ?? []).Select((field, i) => new WireField(
                field.Name ?? throw JsonBody.Invalid(new FieldName("name", "fields", i), "the field has no name"),
                field.Type ?? throw JsonBody.Invalid(new FieldName("type", "fields", i), "the field has no type")))],
            request.Partitions ?? CollectionSchema.DefaultPartitionCount,
            request.Streams ?? CollectionSchema.DefaultStreamCount,
            request.Replicas ?? CollectionSchema.DefaultReplicaCount);
    }

    /// <summary>Names the field of an error as the caller wrote it: the short form has no <c>representations</c>.</summary>
    public static BigrainException InWordsOf(CollectionRequest request, BigrainException error) =>
        request.Representations is null && error.Field is { } field && field.StartsWith(LongPrefix, StringComparison.Ordinal)
            ? new BigrainException(error.Code, error.Message, field[LongPrefix.Length..], error)
            : error;

    private static WireRepresentation[] RepresentationsOf(CollectionRequest request)
    {
        if (request.Representations is null)
        {
            return [Representation(null, null, request.Dimension, request.Metric, request.Codec, request.Dense, null, "")];
        }

        if ((request.Metric ?? request.Codec ?? request.Dense) is not null || request.Dimension is not null)
        {
            throw JsonBody.Invalid("representations", "send either representations, or metric and dimension");
        }

        if (request.Representations is not [{ } one])
        {
            throw JsonBody.Invalid("representations", "this release takes exactly one representation");
        }

        return [Representation(one.Name, one.Kind, one.Dimension, one.Metric, one.Codec, one.Dense, one.Coarse?.Source, LongPrefix)];
    }

    private static WireRepresentation Representation(
        string? name, string? kind, int? dimension, string? metric, string? codec, string? dense, string? source, string prefix) => new(
            name ?? CollectionSchema.DefaultRepresentationName,
            kind ?? "dense",
            dimension ?? throw JsonBody.Invalid(prefix + "dimension", "dimension is missing: send the number of elements of a vector"),
            metric ?? throw JsonBody.Invalid(prefix + "metric", "metric is missing: send l2, cosine or dot"),
            dense ?? "fp32",
            codec ?? "auto",
            source ?? "self");
}
