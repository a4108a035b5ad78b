using System.Text.Json;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>Reads queries in one pass, their vectors straight into place.</summary>
internal static class QueryParser
{
    /// <summary>Reads one query.</summary>
    /// <exception cref="BigrainException">InvalidArgument, with the field.</exception>
    public static ParsedQuery Parse(ReadOnlySpan<byte> body, CollectionHead head)
    {
        Utf8JsonReader reader = JsonBody.Open(body);
        ParsedQuery query = ReadQuery(ref reader, head);
        JsonBody.Close(ref reader);
        return query;
    }

    /// <summary>Reads the query object the reader stands on, to its end.</summary>
    public static ParsedQuery ReadQuery(ref Utf8JsonReader reader, CollectionHead head)
    {
        var settings = new QuerySettingsReader();
        float[]? vector = null;
        while (JsonBody.NextProperty(ref reader))
        {
            bool base64 = reader.ValueTextEquals("vectorBase64"u8);
            if (base64 || reader.ValueTextEquals("vector"u8))
            {
                string field = base64 ? "vectorBase64" : "vector";
                reader.Read();
                if (vector is not null)
                {
                    throw JsonBody.Invalid(field, "the query has two vectors: send vector or vectorBase64, once");
                }

                vector = ReadVector(ref reader, head.Schema.Default, base64, field);
            }
            else if (!settings.TryRead(ref reader, head))
            {
                throw JsonBody.Unknown(ref reader, "");
            }
        }

        if (vector is null)
        {
            throw JsonBody.Invalid("vector", "the query has no vector: send vector or vectorBase64");
        }

        return settings.ToQuery(vector);
    }

    /// <summary>Reads a batch: <c>queries</c>, or <c>vectors</c> or <c>vectorsBase64</c> with common settings.</summary>
    /// <exception cref="BigrainException">InvalidArgument or TooLarge, with the field.</exception>
    public static List<ParsedQuery> ParseBatch(ReadOnlySpan<byte> body, CollectionHead head)
    {
        Utf8JsonReader reader = JsonBody.Open(body);
        var settings = new QuerySettingsReader();
        List<ParsedQuery>? queries = null;
        List<float[]>? vectors = null;
        while (JsonBody.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("queries"u8))
            {
                queries = ReadQueries(ref reader, head);
            }
            else if (reader.ValueTextEquals("vectors"u8))
            {
                vectors = ReadVectors(ref reader, head.Schema.Default);
            }
            else if (reader.ValueTextEquals("vectorsBase64"u8))
            {
                vectors = ReadPackedVectors(ref reader, head.Schema.Default);
            }
            else if (!settings.TryRead(ref reader, head))
            {
                throw JsonBody.Unknown(ref reader, "");
            }
        }

        JsonBody.Close(ref reader);
        if ((queries is null) == (vectors is null))
        {
            throw JsonBody.Invalid("queries", "send exactly one of queries, vectors and vectorsBase64");
        }

        queries ??= vectors!.ConvertAll(settings.ToQuery);
        return queries.Count > 0 ? queries : throw JsonBody.Invalid("queries", "the batch is empty");
    }

    private static float[] ReadVector(ref Utf8JsonReader reader, RepresentationSchema representation, bool base64, FieldName field)
    {
        var vector = new float[representation.Dimension];
        if (base64)
        {
            VectorReader.ReadBase64(ref reader, vector, field);
        }
        else
        {
            VectorReader.ReadNumbers(ref reader, vector, field);
        }

        VectorReader.Check(vector, representation, field);
        return vector;
    }

    private static List<ParsedQuery> ReadQueries(ref Utf8JsonReader reader, CollectionHead head)
    {
        reader.Read();
        JsonBody.Expect(ref reader, JsonTokenType.StartArray, "queries", "an array");
        var queries = new List<ParsedQuery>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            int row = queries.Count;
            RequireRoom(row, "queries");
            JsonBody.Expect(ref reader, JsonTokenType.StartObject, new FieldName("", "queries", row), "an object");
            try
            {
                queries.Add(ReadQuery(ref reader, head));
            }
            catch (BigrainException error)
            {
                throw new BigrainException(error.Code, error.Message, new FieldName(error.Field ?? "", "queries", row).ToString());
            }
        }

        return queries;
    }

    private static List<float[]> ReadVectors(ref Utf8JsonReader reader, RepresentationSchema representation)
    {
        reader.Read();
        JsonBody.Expect(ref reader, JsonTokenType.StartArray, "vectors", "an array of vectors");
        var vectors = new List<float[]>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            RequireRoom(vectors.Count, "vectors");
            vectors.Add(ReadVector(ref reader, representation, base64: false, new FieldName("", "vectors", vectors.Count)));
        }

        return vectors;
    }

    private static List<float[]> ReadPackedVectors(ref Utf8JsonReader reader, RepresentationSchema representation)
    {
        const string Field = "vectorsBase64";
        reader.Read();
        JsonBody.Expect(ref reader, JsonTokenType.String, Field, "base64 text");
        int vectorBytes = representation.Dimension * sizeof(float);
        long count = reader.ValueSpan.Length * 3L / 4 / vectorBytes;
        RequireRoom(count - 1, Field);
        var packed = new float[Math.Max(1, count) * representation.Dimension];
        VectorReader.ReadBase64(ref reader, packed, Field);
        var vectors = new List<float[]>((int)count);
        for (int row = 0; row < count; row++)
        {
            float[] vector = packed.AsSpan(row * representation.Dimension, representation.Dimension).ToArray();
            VectorReader.Check(vector, representation, new FieldName("", Field, row));
            vectors.Add(vector);
        }

        return vectors;
    }

    private static void RequireRoom(long count, string field)
    {
        if (count >= Api.ApiLimits.MaxQueriesPerBatch)
        {
            throw new BigrainException(
                ErrorCode.TooLarge, FormattableString.Invariant($"a batch may have {Api.ApiLimits.MaxQueriesPerBatch} queries: split it"), field);
        }
    }
}
