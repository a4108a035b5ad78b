using System.Buffers;
using System.Text.Json;
using Bigrain.Index.Catalog;
using Bigrain.Index.Documents;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>Turns <c>{"documents":[...],"batchId":...}</c> into packed rows in one pass, without a model in between.</summary>
/// <remarks>Everything is checked before anything is returned: a request is written whole or not at all.</remarks>
internal sealed class WriteParser
{
    private const string IdTooLong = "an id must have 1 to 512 bytes of UTF-8";

    private static readonly string[] NotSupported = ["vectors", "sparse", "text"];

    private readonly CollectionSchema _schema;
    private readonly IIdHash _hash;
    private readonly BatchIds _ids;
    private readonly byte[] _id = new byte[Limits.MaxIdBytes];
    private readonly float[] _vector;

    /// <summary>Makes a parser for the requests of one collection; not thread safe.</summary>
    public WriteParser(CollectionHead head, IIdHash hash, BatchIds ids)
    {
        _ids = ids;
        _schema = head.Schema;
        _hash = hash;
        _vector = new float[_schema.Default.Dimension];
    }

    /// <summary>Reads one request.</summary>
    /// <param name="body">The whole body.</param>
    /// <param name="batchId">The request's batch id; null when it has none.</param>
    /// <exception cref="Index.Errors.BigrainException">InvalidArgument or TooLarge, with the field.</exception>
    public WriteRequestBuilder ParseDocuments(ReadOnlySpan<byte> body, out string? batchId)
    {
        Utf8JsonReader reader = JsonBody.Open(body);
        batchId = null;
        Utf8JsonReader documents = default;
        bool found = false;
        while (JsonBody.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("documents"u8))
            {
                // The rows need the batch id, which may come behind them: remember the place.
                reader.Read();
                JsonBody.Expect(ref reader, JsonTokenType.StartArray, "documents", "an array");
                documents = reader;
                found = true;
                reader.Skip();
            }
            else
            {
                batchId = ReadBatchId(ref reader);
            }
        }

        JsonBody.Close(ref reader);
        if (!found)
        {
            throw JsonBody.Invalid("documents", "documents is missing: send {\"documents\":[...]}");
        }

        var batches = new WriteRequestBuilder(_schema, _hash, batchId ?? _ids.Next(), body.Length);
        for (int row = 0; documents.Read() && documents.TokenType != JsonTokenType.EndArray; row++)
        {
            ReadDocument(ref documents, body, row, batches);
        }

        return batches;
    }

    /// <summary>Reads one request to delete: by <c>ids</c>, or <c>documents</c> with an id and perhaps a version each.</summary>
    /// <inheritdoc cref="ParseDocuments"/>
    public WriteRequestBuilder ParseDeletes(ReadOnlySpan<byte> body)
    {
        Utf8JsonReader reader = JsonBody.Open(body);
        string? batchId = null;
        Utf8JsonReader rows = default;
        string? list = null;
        while (JsonBody.NextProperty(ref reader))
        {
            bool isIds = reader.ValueTextEquals("ids"u8);
            if (isIds || reader.ValueTextEquals("documents"u8))
            {
                string name = isIds ? "ids" : "documents";
                reader.Read();
                if (list is not null)
                {
                    throw JsonBody.Invalid(name, "the request has two lists: send ids or documents, once");
                }

                JsonBody.Expect(ref reader, JsonTokenType.StartArray, name, isIds ? "an array of strings" : "an array");
                rows = reader;
                list = name;
                reader.Skip();
            }
            else if (reader.ValueTextEquals("filter"u8))
            {
                throw JsonBody.Invalid("filter", "deleting by filter is not supported by this release: send ids");
            }
            else
            {
                batchId = ReadBatchId(ref reader);
            }
        }

        JsonBody.Close(ref reader);
        if (list is null)
        {
            throw JsonBody.Invalid("ids", "ids is missing: send {\"ids\":[...]}");
        }

        var batches = new WriteRequestBuilder(_schema, _hash, batchId ?? _ids.Next(), body.Length);
        for (int row = 0; rows.Read() && rows.TokenType != JsonTokenType.EndArray; row++)
        {
            if (list == "ids")
            {
                batches.AddDelete(ReadId(ref rows, new FieldName("", list, row)));
            }
            else
            {
                ReadDelete(ref rows, row, batches);
            }
        }

        return batches.RowCount > 0 ? batches : throw JsonBody.Invalid(list, $"{list} is empty: send at least one");
    }

    private static string? ReadBatchId(ref Utf8JsonReader reader)
    {
        if (!reader.ValueTextEquals("batchId"u8))
        {
            throw JsonBody.Unknown(ref reader, "");
        }

        return JsonBody.ReadText(ref reader, "batchId");
    }

    private ReadOnlySpan<byte> ReadId(ref Utf8JsonReader reader, FieldName field)
    {
        JsonBody.Expect(ref reader, JsonTokenType.String, field, "a string");
        int length = reader.ValueIsEscaped ? CopyEscapedId(ref reader, field) : JsonBody.CopyText(ref reader, _id, field, IdTooLong);
        return length > 0 ? _id.AsSpan(0, length) : throw JsonBody.Invalid(field, IdTooLong);
    }

    // An escaped id can be six times as long as what it means.
    private int CopyEscapedId(ref Utf8JsonReader reader, FieldName field)
    {
        byte[] rented = ArrayPool<byte>.Shared.Rent(Limits.MaxIdBytes * 6);
        try
        {
            int length = JsonBody.CopyText(ref reader, rented, field, IdTooLong);
            if (length > _id.Length)
            {
                throw JsonBody.Invalid(field, IdTooLong);
            }

            rented.AsSpan(0, length).CopyTo(_id);
            return length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(rented);
        }
    }

    private void ReadDocument(ref Utf8JsonReader reader, ReadOnlySpan<byte> body, int row, WriteRequestBuilder batches)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw JsonBody.Invalid(FieldOf(row, ""), "a document must be an object");
        }

        int idLength = 0;
        bool hasVector = false;
        DateTimeOffset? expiresAt = null;
        RowVersion? ifVersion = null;
        ReadOnlySpan<byte> payload = [];
        while (JsonBody.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                idLength = ReadId(ref reader, FieldOf(row, "id")).Length;
            }
            else if (reader.ValueTextEquals("vectorBase64"u8))
            {
                reader.Read();
                RequireOne(hasVector, row);
                VectorReader.ReadBase64(ref reader, _vector, FieldOf(row, "vectorBase64"));
                hasVector = true;
            }
            else if (reader.ValueTextEquals("vector"u8))
            {
                reader.Read();
                RequireOne(hasVector, row);
                VectorReader.ReadNumbers(ref reader, _vector, FieldOf(row, "vector"));
                hasVector = true;
            }
            else if (reader.ValueTextEquals("payload"u8))
            {
                reader.Read();
                payload = JsonBody.TakeObject(ref reader, body, Limits.MaxPayloadBytes, FieldOf(row, "payload"));
            }
            else if (reader.ValueTextEquals("expiresAt"u8))
            {
                expiresAt = JsonBody.ReadTime(ref reader, FieldOf(row, "expiresAt"));
            }
            else if (reader.ValueTextEquals("ifVersion"u8))
            {
                ifVersion = ReadVersion(JsonBody.ReadText(ref reader, FieldOf(row, "ifVersion")), row);
            }
            else
            {
                RefuseOther(ref reader, row);
            }
        }

        if (idLength == 0)
        {
            throw JsonBody.Invalid(FieldOf(row, "id"), "the document has no id");
        }

        if (!hasVector)
        {
            throw JsonBody.Invalid(FieldOf(row, "vector"), "the document has no vector: send vector or vectorBase64");
        }

        batches.AddUpsert(_id.AsSpan(0, idLength), _vector, payload, expiresAt, ifVersion);
    }

    private void ReadDelete(ref Utf8JsonReader reader, int row, WriteRequestBuilder batches)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
        {
            throw JsonBody.Invalid(FieldOf(row, ""), "a document must be an object");
        }

        int idLength = 0;
        RowVersion? ifVersion = null;
        while (JsonBody.NextProperty(ref reader))
        {
            if (reader.ValueTextEquals("id"u8))
            {
                reader.Read();
                idLength = ReadId(ref reader, FieldOf(row, "id")).Length;
            }
            else if (reader.ValueTextEquals("ifVersion"u8))
            {
                ifVersion = ReadVersion(JsonBody.ReadText(ref reader, FieldOf(row, "ifVersion")), row);
            }
            else
            {
                throw JsonBody.Unknown(ref reader, FormattableString.Invariant($"documents[{row}]."));
            }
        }

        if (idLength == 0)
        {
            throw JsonBody.Invalid(FieldOf(row, "id"), "the document has no id");
        }

        batches.AddDelete(_id.AsSpan(0, idLength), ifVersion);
    }

    private static RowVersion? ReadVersion(string? text, int row) => text switch
    {
        null => null,
        _ when RowVersion.TryParse(text, out RowVersion version) => version,
        _ => throw JsonBody.Invalid(FieldOf(row, "ifVersion"), "send the version that reading the document gave, or 0 where there must be none"),
    };

    private static void RequireOne(bool hasVector, int row)
    {
        if (hasVector)
        {
            throw JsonBody.Invalid(FieldOf(row, "vector"), "the document has two vectors: send vector or vectorBase64, once");
        }
    }

    /// <summary>Passes over a member of the API that this release has nothing behind, as long as it is null.</summary>
    private static void RefuseOther(ref Utf8JsonReader reader, int row)
    {
        foreach (string name in NotSupported)
        {
            if (reader.ValueTextEquals(name))
            {
                reader.Read();
                if (reader.TokenType == JsonTokenType.Null)
                {
                    return;
                }

                FieldName field = FieldOf(row, name.ToString());
                throw JsonBody.Invalid(field, $"{name} is not supported by this release: leave it out");
            }
        }

        throw JsonBody.Unknown(ref reader, FormattableString.Invariant($"documents[{row}]."));
    }

    private static FieldName FieldOf(int row, string name) => new(name, "documents", row);
}
