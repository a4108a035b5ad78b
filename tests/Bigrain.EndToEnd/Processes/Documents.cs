using System.Runtime.InteropServices;
using Bigrain.Api.Documents;
using Bigrain.Client;
using Xunit;

namespace Bigrain.EndToEnd.Processes;

/// <summary>Reads whole collections back.</summary>
internal static class Documents
{
    private const int IdsPerCall = 1_000;

    /// <summary>Asks until a first document is there.</summary>
    public static async Task WaitForSomeAsync(Server server, string collection)
    {
        using BigrainClient client = new(new BigrainClientOptions { Endpoints = [server.Address] });
        long? documents = 0;
        while (documents is null or 0)
        {
            documents = (await client.GetCollectionAsync(collection, TestContext.Current.CancellationToken)).Documents;
        }
    }

    /// <summary>Reads the rows 0 to <paramref name="count"/> and compares every bit.</summary>
    public static async Task AssertBitExactAsync(Server server, string collection, float[] values, int dimension, int count)
    {
        using BigrainClient client = new(new BigrainClientOptions { Endpoints = [server.Address], Timeout = TimeSpan.FromMinutes(1) });
        for (int first = 0; first < count; first += IdsPerCall)
        {
            int rows = Math.Min(IdsPerCall, count - first);
            GetReply reply = await client.GetDocumentsAsync(
                collection,
                new GetRequest { Ids = [.. Enumerable.Range(first, rows).Select(static i => $"{i}")], Base64 = true, TimeoutMilliseconds = 30_000 },
                TestContext.Current.CancellationToken);
            Assert.Empty(reply.NotFound);
            for (int i = 0; i < rows; i++)
            {
                StoredDocument document = reply.Documents[i];
                Assert.Equal($"{first + i}", document.Id);
                ReadOnlySpan<byte> expected = MemoryMarshal.AsBytes(values.AsSpan((first + i) * dimension, dimension));
                Assert.True(expected.SequenceEqual(document.VectorBase64), $"row {first + i} reads back with other bits");
            }
        }
    }
}
