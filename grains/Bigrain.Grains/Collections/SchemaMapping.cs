using Bigrain.Contracts.Collections;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Grains.Collections;

/// <summary>Maps schemas between their wire names and the index's types, once.</summary>
public static class SchemaMapping
{
    private static readonly (string Name, Metric Value)[] Metrics = [("l2", Metric.L2), ("cosine", Metric.Cosine), ("dot", Metric.Dot)];

    private static readonly (string Name, DenseType Value)[] DenseTypes = [("fp32", DenseType.Fp32), ("fp16", DenseType.Fp16), ("int8", DenseType.Int8)];

    private static readonly (string Name, RepresentationKind Value)[] Kinds = [("dense", RepresentationKind.Dense), ("sparse", RepresentationKind.Sparse)];

    private static readonly (string Name, CoarseSource Value)[] Sources = [("self", CoarseSource.Self), ("head", CoarseSource.Head)];

    private static readonly (string Name, FieldType Value)[] FieldTypes =
        [("keyword", FieldType.Keyword), ("int64", FieldType.Int64), ("float64", FieldType.Float64), ("bool", FieldType.Bool), ("timestamp", FieldType.Timestamp)];

    /// <summary>Reads a wire schema.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: a name is not known; the message lists those that are.</exception>
    public static CollectionSchema FromWire(WireSchema schema)
    {
        ArgumentNullException.ThrowIfNull(schema);
        return new CollectionSchema(
            [.. schema.Representations.Select(FromWire)],
            [.. schema.Fields.Select((field, i) => new FieldSchema(field.Name, Parse(FieldTypes, field.Type, FormattableString.Invariant($"fields[{i}].type"))))],
            schema.PartitionCount,
            schema.StreamCount,
            schema.ReplicaCount);
    }

    /// <summary>Writes a collection as it travels, with the schema of its current generation.</summary>
    public static CollectionInfo ToWire(CollectionSnapshot known)
    {
        ArgumentNullException.ThrowIfNull(known);
        return ToWire(known.Head with { Schema = known.Generation.SchemaOf(known.Head.Schema) });
    }

    /// <summary>Writes a HEAD as it travels, with the schema that it was created with.</summary>
    public static CollectionInfo ToWire(CollectionHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        CollectionSchema schema = head.Schema;
        return new CollectionInfo(
            head.Name,
            head.Incarnation.Value,
            head.CurrentGeneration,
            new WireSchema(
                [.. schema.Representations.Select(ToWire)],
                [.. schema.Fields.Select(field => new WireField(field.Name, NameOf(FieldTypes, field.Type)))],
                schema.PartitionCount,
                schema.StreamCount,
                schema.ReplicaCount))
        {
            Previous = head.PreviousGeneration,
            Building = head.BuildingGeneration,
        };
    }

    /// <summary>Reads the wire name of a dense type.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: the name is not known; the message lists those that are.</exception>
    public static DenseType DenseTypeOf(string name, string field) => Parse(DenseTypes, name, field);

    private static RepresentationSchema FromWire(WireRepresentation wire, int ordinal)
    {
        string at = FormattableString.Invariant($"representations[{ordinal}].");
        CodecSpec codec;
        try
        {
            codec = CodecSpec.Parse(wire.Codec);
        }
        catch (BigrainException error)
        {
            throw new BigrainException(error.Code, error.Message, at + "codec", error);
        }

        return new RepresentationSchema(
            wire.Name,
            Parse(Kinds, wire.Kind, at + "kind"),
            wire.Dimension,
            Parse(Metrics, wire.Metric, at + "metric"),
            Parse(DenseTypes, wire.DenseType, at + "dense"),
            codec,
            Parse(Sources, wire.CoarseSource, at + "coarse.source"));
    }

    private static WireRepresentation ToWire(RepresentationSchema schema) => new(
        schema.Name,
        NameOf(Kinds, schema.Kind),
        schema.Dimension,
        NameOf(Metrics, schema.Metric),
        NameOf(DenseTypes, schema.DenseType),
        schema.Codec.ToString(),
        NameOf(Sources, schema.CoarseSource));

    private static T Parse<T>((string Name, T Value)[] known, string name, string field)
        where T : struct
    {
        foreach ((string knownName, T value) in known)
        {
            if (knownName == name)
            {
                return value;
            }
        }

        string shown = name.Length <= 64 ? name : name[..64] + "…";
        throw new BigrainException(
            ErrorCode.InvalidArgument, $"'{shown}' is not known: use {string.Join(", ", known.Select(pair => pair.Name))}", field);
    }

    private static string NameOf<T>((string Name, T Value)[] known, T value)
        where T : struct => Array.Find(known, pair => pair.Value.Equals(value)).Name;
}
