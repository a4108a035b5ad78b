using System.Collections.Immutable;
using System.Text.Json;
using Bigrain.Index.Catalog;
using Bigrain.Index.Queries;
using Bigrain.Index.Schema;

namespace Bigrain.Silo.Http.Bodies;

/// <summary>Reads the members that a single query and a batch have in common.</summary>
internal sealed class QuerySettingsReader
{
    private const int MaxNprobe = 1_000_000;
    private const int DefaultK = 10;

    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(2);

    private int _k = DefaultK;
    private int _nprobe;
    private int _shortlist;
    private Consistency _consistency;
    private ImmutableArray<long> _minSequences = [];
    private double _minCoverage = 1.0;
    private TimeSpan _timeout = DefaultTimeout;
    private bool _includePayload = true;
    private bool _explain;

    /// <summary>Reads the property the reader stands on, with its value.</summary>
    /// <returns>False when it is not one of the settings; the reader then stays where it is.</returns>
    public bool TryRead(ref Utf8JsonReader reader, CollectionHead head)
    {
        if (reader.ValueTextEquals("k"u8))
        {
            _k = JsonBody.ReadInt32(ref reader, "k", 1, Limits.MaxK);
        }
        else if (reader.ValueTextEquals("nprobe"u8))
        {
            _nprobe = JsonBody.ReadInt32(ref reader, "nprobe", 0, MaxNprobe);
        }
        else if (reader.ValueTextEquals("shortlist"u8))
        {
            _shortlist = JsonBody.ReadInt32(ref reader, "shortlist", 0, Limits.MaxShortlist);
        }
        else if (reader.ValueTextEquals("consistency"u8))
        {
            _consistency = ReadConsistency(ref reader);
        }
        else if (reader.ValueTextEquals("token"u8))
        {
            _minSequences = TokenReader.Read(JsonBody.ReadText(ref reader, "token"), head);
        }
        else if (reader.ValueTextEquals("minCoverage"u8))
        {
            _minCoverage = JsonBody.ReadShare(ref reader, "minCoverage");
        }
        else if (reader.ValueTextEquals("timeoutMilliseconds"u8))
        {
            _timeout = TimeSpan.FromMilliseconds(
                JsonBody.ReadInt32(ref reader, "timeoutMilliseconds", 1, (int)Limits.MaxTimeout.TotalMilliseconds));
        }
        else if (reader.ValueTextEquals("includePayload"u8))
        {
            _includePayload = JsonBody.ReadBoolean(ref reader, "includePayload");
        }
        else if (reader.ValueTextEquals("explain"u8))
        {
            _explain = JsonBody.ReadBoolean(ref reader, "explain");
        }
        else if (reader.ValueTextEquals("using"u8))
        {
            RequireDefault(JsonBody.ReadText(ref reader, "using"), head);
        }
        else
        {
            return PassNull(ref reader, "filter") || PassNull(ref reader, "text");
        }

        return true;
    }

    /// <summary>The settings with a vector.</summary>
    public ParsedQuery ToQuery(float[] vector) => new(
        new QuerySpec
        {
            Vector = vector,
            K = _k,
            Nprobe = _nprobe,
            Shortlist = _shortlist,
            Consistency = _consistency,
            MinSequences = _minSequences,
            IncludePayload = _includePayload,
            Budget = _timeout,
        },
        _minCoverage,
        _explain);

    private static Consistency ReadConsistency(ref Utf8JsonReader reader) => JsonBody.ReadText(ref reader, "consistency") switch
    {
        null or "session" => Consistency.Session,
        "strong" => Consistency.Strong,
        string other => throw JsonBody.Invalid("consistency", $"consistency '{Shorten(other)}' is not known: use session or strong"),
    };

    private static void RequireDefault(string? name, CollectionHead head)
    {
        if (name is not null && name != head.Schema.Default.Name)
        {
            throw JsonBody.Invalid("using", $"there is no representation '{Shorten(name)}': the collection has '{head.Schema.Default.Name}'");
        }
    }

    /// <summary>Takes a member that the API has but this release has nothing behind, as long as it is null.</summary>
    private static bool PassNull(ref Utf8JsonReader reader, string name)
    {
        if (!reader.ValueTextEquals(name))
        {
            return false;
        }

        reader.Read();
        return reader.TokenType == JsonTokenType.Null
            ? true
            : throw JsonBody.Invalid(name, $"{name} is not supported by this release: leave it out");
    }

    private static string Shorten(string text) => text.Length <= 64 ? text : text[..64] + "…";
}
