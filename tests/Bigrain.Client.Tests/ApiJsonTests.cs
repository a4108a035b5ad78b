using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Api.Backups;
using Bigrain.Api.Documents;
using Bigrain.Api.Queries;
using Bigrain.Api.Serialization;
using Xunit;

namespace Bigrain.Client.Tests;

public sealed class ApiJsonTests
{
    [Fact]
    public void A_query_takes_its_defaults_where_fields_are_left_out()
    {
        QueryRequest request = JsonSerializer.Deserialize("""{"vector":[1,2]}""", ApiJson.Default.QueryRequest)!;
        Assert.Equal((10, 0, 0, 1.0, 2_000, true), (request.K, request.Nprobe, request.Shortlist, request.MinCoverage, request.TimeoutMilliseconds, request.IncludePayload));
    }

    [Theory]
    [InlineData("""{"vector":[1],"kk":3}""")]
    [InlineData("""{"vector":["a"]}""")]
    [InlineData("""{"vectorBase64":"%"}""")]
    public void A_request_with_an_unknown_or_ill_typed_field_is_refused(string json) =>
        Assert.ThrowsAny<JsonException>(() => JsonSerializer.Deserialize(json, ApiJson.Default.QueryRequest));

    [Fact]
    public void Every_model_that_only_requests_have_refuses_fields_it_does_not_know()
    {
        Type[] models = [.. typeof(ApiJson).Assembly.GetExportedTypes().Where(static type => type is { IsClass: true, IsAbstract: false })];
        Type[] bodies = [.. models.Where(static type => type.Name.EndsWith("Request", StringComparison.Ordinal))];
        HashSet<Type> requests = ReachableFrom(bodies);
        HashSet<Type> replies = ReachableFrom(models.Where(static type => type.Name.EndsWith("Reply", StringComparison.Ordinal)
            || type.Name.EndsWith("Info", StringComparison.Ordinal)
            || type.Name.EndsWith("List", StringComparison.Ordinal)));
        Assert.Contains(typeof(RestoreBackupRequest), requests);
        Assert.Contains(typeof(DocumentDelete), requests);
        Assert.DoesNotContain(requests.Except(replies).Union(bodies), static type =>
            type.GetCustomAttribute<JsonUnmappedMemberHandlingAttribute>()?.UnmappedMemberHandling != JsonUnmappedMemberHandling.Disallow);

        // What a client reads may have fields of a newer server.
        Assert.DoesNotContain(replies, static type => type.GetCustomAttribute<JsonUnmappedMemberHandlingAttribute>() is not null);
    }

    [Fact]
    public void A_vector_may_be_base64_of_little_endian_floats()
    {
        Document document = JsonSerializer.Deserialize("""{"id":"7","vectorBase64":"AACAPwAAAEA="}""", ApiJson.Default.Document)!;
        Assert.Equal([1f, 2f], [BitConverter.ToSingle(document.VectorBase64!, 0), BitConverter.ToSingle(document.VectorBase64!, 4)]);
    }

    [Fact]
    public void A_payload_passes_through_unchanged()
    {
        const string Json = """{"id":"7","vector":[1],"payload":{"a":[1, 2.50,{"b":"\u00e4"}],"c":null}}""";
        Document document = JsonSerializer.Deserialize(Json, ApiJson.Default.Document)!;
        Assert.Equal("""{"a":[1, 2.50,{"b":"\u00e4"}],"c":null}""", document.Payload!.Value.ToString());
        Assert.Equal(Json, JsonSerializer.Serialize(document, ApiJson.Default.Document));
    }

    [Fact]
    public void Floats_survive_the_round_trip_bit_by_bit()
    {
        Random random = new(7);
        float[] vector = [.. Enumerable.Range(0, 1_000).Select(_ => BitConverter.Int32BitsToSingle(random.Next()))];
        vector = [.. vector.Where(float.IsFinite), float.Epsilon, float.MaxValue, -0f];
        Document document = new() { Id = "a", Vector = vector };
        Document read = JsonSerializer.Deserialize(JsonSerializer.Serialize(document, ApiJson.Default.Document), ApiJson.Default.Document)!;
        Assert.Equal(vector.Select(BitConverter.SingleToInt32Bits), read.Vector!.Select(BitConverter.SingleToInt32Bits));
    }

    [Fact]
    public void An_answer_always_says_whether_it_is_complete_and_why_not()
    {
        string json = JsonSerializer.Serialize(new QueryReply { Complete = true }, ApiJson.Default.QueryReply);
        Assert.Contains("\"complete\":true,\"reason\":null", json, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1.i.0-5.3-7")]
    [InlineData("abc")]
    [InlineData("")]
    [InlineData("1.i.0-x")]
    [InlineData("1.i.0-1.0-2")]
    public void A_token_reads_what_it_writes_and_nothing_else(string text)
    {
        bool isToken = WriteToken.TryParse(text, out WriteToken? token);
        Assert.Equal(text == "1.i.0-5.3-7", isToken);
        Assert.Equal(isToken ? text : null, token?.ToString());
    }

    [Fact]
    public void A_token_of_another_incarnation_replaces()
    {
        Assert.True(WriteToken.TryParse("1.a.0-9", out WriteToken? old));
        Assert.True(WriteToken.TryParse("1.b.1-1", out WriteToken? young));
        Assert.Equal("1.b.1-1", old.Merge(young).ToString());
    }

    private static HashSet<Type> ReachableFrom(IEnumerable<Type> roots)
    {
        var found = new HashSet<Type>();
        var left = new Stack<Type>(roots);
        while (left.TryPop(out Type? type))
        {
            foreach (Type part in type.GetGenericArguments())
            {
                left.Push(part);
            }

            if (type.Assembly == typeof(ApiJson).Assembly && type is { IsClass: true } && type.GetCustomAttribute<JsonConverterAttribute>() is null && found.Add(type))
            {
                foreach (PropertyInfo property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
                {
                    left.Push(property.PropertyType);
                }
            }
        }

        return found;
    }
}
