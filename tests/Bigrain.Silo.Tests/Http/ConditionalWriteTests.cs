using System.Text.Json.Nodes;

namespace Bigrain.Silo.Tests.Http;

public sealed class ConditionalWriteTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task A_document_is_written_over_the_version_that_was_read_and_over_no_other()
    {
        await silo.CreateAsync("cas", 2);
        (int status, JsonNode reply) = await WriteAsync("cas", """{"id":"a","vector":[1,1],"ifVersion":"0"}""");
        Assert.True(status == 200, reply.ToJsonString());
        string first = await VersionAsync("cas", "a");
        Assert.Matches("^[0-9]+-[0-9]+$", first);

        (status, reply) = await WriteAsync("cas", """{"id":"a","vector":[2,2],"ifVersion":"0"}""");
        Assert.Equal(409, status);
        Assert.Equal("documents[0].ifVersion", reply["field"]!.GetValue<string>());
        Assert.Equal([0], reply["rows"]!.AsArray().Select(row => row!.GetValue<int>()));
        Assert.Contains(first, reply["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.False(reply["retryable"]!.GetValue<bool>());

        (status, reply) = await WriteAsync("cas", $$"""{"id":"a","vector":[3,3],"ifVersion":"{{first}}"}""");
        Assert.True(status == 200, reply.ToJsonString());
        Assert.NotEqual(first, await VersionAsync("cas", "a"));
        (status, _) = await WriteAsync("cas", $$"""{"id":"a","vector":[4,4],"ifVersion":"{{first}}"}""");
        Assert.Equal(409, status);

        await silo.PostAsync("/v1/collections/cas/documents/delete", """{"ids":["a"]}""");
        (status, _) = await WriteAsync("cas", $$"""{"id":"a","vector":[4,4],"ifVersion":"{{first}}"}""");
        Assert.Equal(409, status);
        (status, reply) = await WriteAsync("cas", """{"id":"a","vector":[5,5],"ifVersion":"0"}""");
        Assert.True(status == 200, reply.ToJsonString());
    }

    [Fact]
    public async Task A_document_is_deleted_in_the_version_that_was_read_and_in_no_other()
    {
        await silo.CreateAsync("undo", 2);
        await WriteAsync("undo", """{"id":"a","vector":[1,1]},{"id":"b","vector":[2,2]}""");
        string first = await VersionAsync("undo", "a");
        await WriteAsync("undo", """{"id":"a","vector":[3,3]}""");
        string second = await VersionAsync("undo", "a");

        (int status, JsonNode reply) = await DeleteAsync("undo", $$"""{"id":"a","ifVersion":"{{first}}"}""");
        Assert.Equal((409, "documents[0].ifVersion"), (status, reply["field"]!.GetValue<string>()));
        Assert.Equal([0], reply["rows"]!.AsArray().Select(row => row!.GetValue<int>()));
        Assert.Contains(second, reply["detail"]!.GetValue<string>(), StringComparison.Ordinal);
        Assert.False(reply["retryable"]!.GetValue<bool>());
        Assert.Equal(second, await VersionAsync("undo", "a"));

        (status, reply) = await DeleteAsync("undo", """{"id":"a","ifVersion":"0"}""");
        Assert.Equal(409, status);
        (status, reply) = await DeleteAsync("undo", $$"""{"id":"a","ifVersion":"{{second}}"}""", "undo-1");
        Assert.True(status == 200, reply.ToJsonString());
        Assert.Equal(1, reply["accepted"]!.GetValue<int>());
        (status, _) = await silo.GetAsync("/v1/collections/undo/documents/a?consistency=strong");
        Assert.Equal(404, status);

        // Sent again under its batch id it is what it was; otherwise there is nothing of that version any more.
        (status, _) = await DeleteAsync("undo", $$"""{"id":"a","ifVersion":"{{second}}"}""", "undo-1");
        Assert.Equal(200, status);
        (status, _) = await DeleteAsync("undo", $$"""{"id":"a","ifVersion":"{{second}}"}""");
        Assert.Equal(409, status);
        (status, _) = await DeleteAsync("undo", """{"id":"a","ifVersion":"0"},{"id":"b"}""");
        Assert.Equal(200, status);
        (status, _) = await silo.GetAsync("/v1/collections/undo/documents/b?consistency=strong");
        Assert.Equal(404, status);
    }

    [Fact]
    public async Task Of_a_deletion_and_a_write_over_one_version_one_wins()
    {
        await silo.CreateAsync("duel", 2);
        for (int round = 0; round < 5; round++)
        {
            await WriteAsync("duel", $$"""{"id":"one","vector":[{{round}},0]}""");
            string version = await VersionAsync("duel", "one");
            (int Status, JsonNode Reply)[] replies = await Task.WhenAll(Enumerable.Range(0, 8).Select(sender => sender % 2 == 0
                ? WriteAsync("duel", $$"""{"id":"one","vector":[{{round}},1],"ifVersion":"{{version}}"}""")
                : DeleteAsync("duel", $$"""{"id":"one","ifVersion":"{{version}}"}""")));
            int winner = Array.FindIndex(replies, reply => reply.Status == 200);
            Assert.Single(replies, reply => reply.Status == 200);
            Assert.All(replies, reply => Assert.True(reply.Status is 200 or 409, reply.Reply.ToJsonString()));
            (int found, _) = await silo.GetAsync("/v1/collections/duel/documents/one?consistency=strong");
            Assert.Equal(winner % 2 == 0 ? 200 : 404, found);
        }
    }

    [Theory]
    [InlineData("""{"documents":[{"id":"a","ifVersion":"x"}]}""", "documents[0].ifVersion")]
    [InlineData("""{"documents":[{"id":"a"},{"ifVersion":"0"}]}""", "documents[1].id")]
    [InlineData("""{"documents":[{"id":"a","vector":[1,1]}]}""", "documents[0].vector")]
    [InlineData("""{"documents":["a"]}""", "documents[0]")]
    [InlineData("""{"documents":[]}""", "documents")]
    [InlineData("""{"documents":{}}""", "documents")]
    [InlineData("""{"ids":["a"],"documents":[{"id":"b"}]}""", "documents")]
    [InlineData("""{"documents":[{"id":"b"}],"ids":["a"]}""", "ids")]
    [InlineData("""{"ids":[]}""", "ids")]
    [InlineData("{}", "ids")]
    public async Task A_deletion_that_makes_no_sense_is_refused(string body, string field)
    {
        await silo.SendAsync(HttpMethod.Put, "/v1/collections/senseless", """{"metric":"l2","dimension":2}""");
        (int status, JsonNode reply) = await silo.PostAsync("/v1/collections/senseless/documents/delete", body);
        Assert.Equal((400, field), (status, reply["field"]?.GetValue<string>()));
    }

    [Fact]
    public async Task Rows_of_other_streams_are_written_and_those_that_were_not_are_named()
    {
        await silo.CreateAsync("mixed", 2);
        string rows = string.Join(',', Enumerable.Range(0, 40).Select(i => $$"""{"id":"m{{i}}","vector":[{{i}},1]}"""));
        (int status, JsonNode reply) = await WriteAsync("mixed", rows);
        Assert.True(status == 200, reply.ToJsonString());

        string next = string.Join(',', Enumerable.Range(0, 40).Select(i => i == 7
            ? """{"id":"m7","vector":[7,2],"ifVersion":"0"}"""
            : $$"""{"id":"m{{i}}","vector":[{{i}},2]}"""));
        (status, reply) = await WriteAsync("mixed", next);
        Assert.Equal(409, status);
        int[] refused = [.. reply["rows"]!.AsArray().Select(row => row!.GetValue<int>())];
        Assert.Contains(7, refused);
        Assert.InRange(refused.Length, 2, 39);
        (_, JsonNode got) = await silo.PostAsync(
            "/v1/collections/mixed/documents/get",
            $$"""{"ids":[{{string.Join(',', Enumerable.Range(0, 40).Select(i => $"\"m{i}\""))}}],"consistency":"strong"}""");
        foreach (JsonNode? document in got["documents"]!.AsArray())
        {
            int row = int.Parse(document!["id"]!.GetValue<string>()[1..], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(refused.Contains(row) ? 1f : 2f, document["vector"]![1]!.GetValue<float>());
        }
    }

    [Fact]
    public async Task Of_many_senders_at_once_one_wins()
    {
        await silo.CreateAsync("race", 2);
        string version = "0";
        for (int round = 0; round < 5; round++)
        {
            (int Status, JsonNode Reply)[] replies = await Task.WhenAll(Enumerable.Range(0, 12).Select(sender => WriteAsync(
                "race", $$"""{"id":"one","vector":[{{sender}},{{round + 1}}],"ifVersion":"{{version}}"}""")));
            Assert.Single(replies, reply => reply.Status == 200);
            Assert.All(replies, reply => Assert.True(reply.Status is 200 or 409, reply.Reply.ToJsonString()));
            version = await VersionAsync("race", "one");
        }
    }

    [Theory]
    [InlineData("\"x\"")]
    [InlineData("7")]
    [InlineData("\"7\"")]
    public async Task What_is_no_version_is_refused(string ifVersion)
    {
        await silo.CreateAsync($"bad{ifVersion.Length}{ifVersion.Trim('"')}", 2);
        (int status, JsonNode reply) = await WriteAsync(
            $"bad{ifVersion.Length}{ifVersion.Trim('"')}", $$"""{"id":"a","vector":[1,1],"ifVersion":{{ifVersion}}}""");
        Assert.Equal(400, status);
        Assert.Equal("documents[0].ifVersion", reply["field"]!.GetValue<string>());
    }

    private Task<(int Status, JsonNode Reply)> WriteAsync(string collection, string documents) =>
        silo.PostAsync($"/v1/collections/{collection}/documents", $$"""{"documents":[{{documents}}]}""");

    private Task<(int Status, JsonNode Reply)> DeleteAsync(string collection, string documents, string? batchId = null) => silo.PostAsync(
        $"/v1/collections/{collection}/documents/delete",
        $$"""{"documents":[{{documents}}]{{(batchId is null ? "" : $",\"batchId\":\"{batchId}\"")}}}""");

    private async Task<string> VersionAsync(string collection, string id)
    {
        (int status, JsonNode document) = await silo.GetAsync($"/v1/collections/{collection}/documents/{id}?consistency=strong");
        Assert.True(status == 200, document.ToJsonString());
        return document["version"]!.GetValue<string>();
    }
}
