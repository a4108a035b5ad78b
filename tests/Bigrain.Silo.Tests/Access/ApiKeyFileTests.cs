using System.Text;
using Bigrain.Index.Errors;
using Bigrain.Silo.Access;

namespace Bigrain.Silo.Tests.Access;

public sealed class ApiKeyFileTests
{
    // SHA-256 of "open sesame" and of "swordfish".
    private const string Sesame = "41ef4bb0b23661e66301aac36066912dac037827b4ae63a7b1165a5aa93ed4eb";
    private const string Swordfish = "b9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799";

    [Fact]
    public void A_key_is_found_by_what_was_hashed_and_by_nothing_else()
    {
        ApiKeySet keys = Parse($$"""{"keys":[{"name":"app","sha256":"{{Sesame}}","role":"reader"},{"name":"ops","sha256":"{{Swordfish}}","role":"admin"}]}""");

        Assert.True(keys.IsRequired);
        Assert.Equal("app", keys.Find("open sesame")?.Name);
        Assert.Equal(AccessRole.Admin, keys.Find("swordfish")?.Role);
        Assert.Null(keys.Find("open sesame "));
        Assert.Null(keys.Find(""));
        Assert.Null(keys.Find(Sesame));
    }

    [Theory]
    [InlineData("docs", "docs", true)]
    [InlineData("docs", "docs2", false)]
    [InlineData("logs-*", "logs-2024", true)]
    [InlineData("logs-*", "logs", false)]
    [InlineData("*", "anything", true)]
    public void A_key_covers_the_collections_it_names(string pattern, string collection, bool expected)
    {
        ApiKeySet keys = Parse($$"""{"keys":[{"name":"app","sha256":"{{Sesame}}","role":"writer","collections":["{{pattern}}"]}]}""");

        Assert.Equal(expected, keys.Find("open sesame")!.Allows(collection));
    }

    [Theory]
    [InlineData("{", "line 1")]
    [InlineData("{\"keys\":[\n{\"name\":3}]}", "line 2")]
    [InlineData("{}", "keys: there must be at least one")]
    [InlineData("{\"keys\":[null]}", "keys[0]")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"sha256\":\"S\",\"role\":\"reader\",\"colections\":[]}]}", "colections")]
    [InlineData("{\"keys\":[{\"sha256\":\"S\",\"role\":\"reader\"}]}", "keys[0].name")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"sha256\":\"12\",\"role\":\"reader\"}]}", "keys[0].sha256")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"sha256\":\"Z9f195c5cc7ef6afadbfbc42892ad47d3b24c6bc94bb510c4564a90a14e8b799\",\"role\":\"reader\"}]}", "keys[0].sha256")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"sha256\":\"S\",\"role\":\"root\"}]}", "keys[0].role")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"sha256\":\"S\",\"role\":\"reader\",\"collections\":[]}]}", "keys[0].collections")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"sha256\":\"S\",\"role\":\"reader\",\"collections\":[\"ok\",\"N*T\"]}]}", "keys[0].collections[1]")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"sha256\":\"S\",\"role\":\"reader\",\"collections\":[null]}]}", "keys[0].collections[0]")]
    [InlineData("{\"keys\":[{\"name\":\"a\",\"sha256\":\"S\",\"role\":\"reader\"},{\"name\":\"b\",\"sha256\":\"S\",\"role\":\"admin\"}]}", "keys[1]")]
    public void A_wrong_file_is_refused_and_the_place_named(string json, string expected)
    {
        BigrainException error = Assert.Throws<BigrainException>(() => Parse(json.Replace("\"S\"", $"\"{Sesame}\"", StringComparison.Ordinal)));

        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Equal("api-keys-file", error.Field);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_refused() =>
        Assert.Contains("cannot be read", Assert.Throws<BigrainException>(() => ApiKeyFile.Load("/nowhere/keys.json")).Message, StringComparison.Ordinal);

    private static ApiKeySet Parse(string json) => ApiKeyFile.Parse("keys.json", Encoding.UTF8.GetBytes(json));
}
