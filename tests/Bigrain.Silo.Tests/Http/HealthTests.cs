using System.Net;
using System.Text.Json;

namespace Bigrain.Silo.Tests.Http;

public sealed class HealthTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Theory]
    [InlineData("/health/live")]
    [InlineData("/health/startup")]
    [InlineData("/health/ready")]
    public async Task A_started_silo_answers_its_probes(string path)
    {
        using HttpResponseMessage reply = await silo.Http.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.OK, reply.StatusCode);
    }

    [Fact]
    public async Task The_description_of_the_api_is_served_as_openapi_3_1()
    {
        string text = await silo.Http.GetStringAsync("/openapi/v1.json", TestContext.Current.CancellationToken);

        using JsonDocument document = JsonDocument.Parse(text);
        Assert.StartsWith("3.1", document.RootElement.GetProperty("openapi").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_served_in_the_text_format_of_prometheus()
    {
        string text = await silo.Http.GetStringAsync("/metrics", TestContext.Current.CancellationToken);

        Assert.Contains("# TYPE", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/health/live")]
    [InlineData("/v1/collections/absent")]
    [InlineData("/v2/nothing")]
    public async Task Every_reply_says_how_long_it_was_in_the_server(string path)
    {
        using HttpResponseMessage reply = await silo.Http.GetAsync(path, TestContext.Current.CancellationToken);

        Assert.Matches(@"^total;dur=\d+(\.\d+)?$", Assert.Single(reply.Headers.GetValues("Server-Timing")));
    }

    [Fact]
    public async Task An_unknown_path_gets_a_typed_404()
    {
        using HttpResponseMessage reply = await silo.Http.GetAsync("/v2/nothing", TestContext.Current.CancellationToken);

        Assert.Equal(HttpStatusCode.NotFound, reply.StatusCode);
        Assert.Equal("application/problem+json", reply.Content.Headers.ContentType?.MediaType);
    }
}
