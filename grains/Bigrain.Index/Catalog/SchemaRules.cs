using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Catalog;

/// <summary>The limits of a schema, checked before a collection is made.</summary>
public static class SchemaRules
{
    /// <summary>Checks a schema.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: names the field and the limit.</exception>
    public static void Validate(CollectionSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        Range(schema.PartitionCount, Limits.MaxPartitionCount, "partitions");
        Range(schema.StreamCount, Limits.MaxStreamCount, "streams");
        Range(schema.ReplicaCount, Limits.MaxReplicaCount, "replicas");
        if (schema.Representations.IsDefaultOrEmpty)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, "a collection needs at least one representation", "representations");
        }

        var names = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < schema.Representations.Length; i++)
        {
            Validate(schema.Representations[i], FormattableString.Invariant($"representations[{i}]"), names);
        }

        names.Clear();
        for (int i = 0; i < schema.Fields.Length; i++)
        {
            string field = FormattableString.Invariant($"fields[{i}].name");
            Names.Validate(schema.Fields[i].Name, field);
            Unique(names, schema.Fields[i].Name, field);
        }
    }

    private static void Validate(RepresentationSchema representation, string field, HashSet<string> names)
    {
        Names.Validate(representation.Name, field + ".name");
        Unique(names, representation.Name, field + ".name");
        if (representation.Kind != RepresentationKind.Dense)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, "only dense representations can be made", field + ".kind");
        }

        Range(representation.Dimension, Limits.MaxDimension, field + ".dimension");
        if (!Enum.IsDefined(representation.Metric))
        {
            throw new BigrainException(ErrorCode.InvalidArgument, "unknown metric: use l2, cosine or dot", field + ".metric");
        }

        if (representation.CoarseSource != CoarseSource.Self)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, "a collection begins with coarse.source self: reindex it with a model to have codes of a head", field + ".coarse.source");
        }

        if (representation.Codec.Kind == CodecKind.Pq && representation.Codec.SubspaceCount > representation.Dimension)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                FormattableString.Invariant($"codec {representation.Codec} has more subspaces than the dimension {representation.Dimension}"),
                field + ".codec");
        }
    }

    private static void Range(int value, int most, string field)
    {
        if (value < 1 || value > most)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument, FormattableString.Invariant($"{value} is out of range: use 1 to {most}"), field);
        }
    }

    private static void Unique(HashSet<string> names, string name, string field)
    {
        if (!names.Add(name))
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"name '{name}' is used twice", field);
        }
    }
}
