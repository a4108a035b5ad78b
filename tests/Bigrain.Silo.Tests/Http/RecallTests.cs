using System.Text.Json.Nodes;

namespace Bigrain.Silo.Tests.Http;

public sealed class RecallTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task Recall_of_a_small_collection_is_measured_and_whole()
    {
        await silo.CreateAsync("recall", 4);
        await silo.WriteRowsAsync("recall", 4, 0, 300);
        (int status, JsonNode reply) = await silo.PostAsync("/v1/collections/recall/recall", """{"sample":70,"k":5,"seed":3}""");

        Assert.True(status == 200, reply.ToJsonString());
        Assert.Equal(1.0, reply["recall"]!.GetValue<double>());
        Assert.Equal(1.0, reply["lowestRecall"]!.GetValue<double>());
        Assert.Equal(70, reply["queries"]!.GetValue<int>());
        Assert.Equal(300, reply["documents"]!.GetValue<long>());
        Assert.Equal(1, reply["generation"]!.GetValue<int>());

        (status, reply) = await silo.PostAsync("/v1/collections/recall/recall", """{"vectors":[[1,2,3,4],[0,0,0,1]],"k":7}""");
        Assert.True(status == 200, reply.ToJsonString());
        Assert.Equal(2, reply["queries"]!.GetValue<int>());
        Assert.Equal(1.0, reply["recall"]!.GetValue<double>());
    }

    [Fact]
    public async Task A_request_out_of_range_is_refused()
    {
        await silo.CreateAsync("refused", 4);
        foreach ((string body, string field) in new[]
        {
            ("""{"sample":0}""", "sample"),
            ("""{"sample":1001}""", "sample"),
            ("""{"k":0}""", "k"),
            ("""{"vectors":[[1,2]]}""", "vectors[0]"),
        })
        {
            (int status, JsonNode reply) = await silo.PostAsync("/v1/collections/refused/recall", body);
            Assert.Equal(400, status);
            Assert.Contains(field, reply.ToJsonString(), StringComparison.Ordinal);
        }
    }
}
