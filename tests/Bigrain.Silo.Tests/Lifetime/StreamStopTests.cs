using System.Net.Sockets;
using System.Text;

namespace Bigrain.Silo.Tests.Lifetime;

public sealed class StreamStopTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task A_stream_without_an_end_is_told_where_to_go_on_and_does_not_keep_a_silo_that_stops()
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        await silo.CreateAsync("endless", 2);
        using var client = new TcpClient();
        await client.ConnectAsync(silo.Host.HttpAddress.Host, silo.Host.HttpAddress.Port, token);
        await using NetworkStream stream = client.GetStream();
        using var reader = new StreamReader(stream);
        const string Line = """{"documents":[{"id":"1","vector":[1,2]}]}""" + "\n";
        await stream.WriteAsync(
            Encoding.ASCII.GetBytes(
                "POST /v1/collections/endless/documents HTTP/1.1\r\nhost: x\r\ncontent-type: application/x-ndjson\r\ntransfer-encoding: chunked\r\n\r\n"
                + $"{Line.Length:x}\r\n{Line}\r\n"),
            token);
        Assert.Contains("\"accepted\":1", await ReadUntilAsync("\"line\":0"), StringComparison.Ordinal);

        Task stopping = silo.StopAsync();
        string last = await ReadUntilAsync("\"line\":1");
        await stopping.WaitAsync(TimeSpan.FromSeconds(60), token);

        Assert.Contains("urn:bigrain:unavailable", last, StringComparison.Ordinal);
        Assert.Contains("another silo", last, StringComparison.Ordinal);

        async Task<string> ReadUntilAsync(string sign)
        {
            while (await reader.ReadLineAsync(token) is { } line)
            {
                if (line.Contains(sign, StringComparison.Ordinal))
                {
                    return line;
                }
            }

            throw new EndOfStreamException($"the connection ended before {sign}");
        }
    }
}
