using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Formats;
using Bigrain.Index.Log;
using Bigrain.Index.Partitions;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Log;

public sealed class StreamEpochTests
{
    private const string Golden = """{"epoch":1,"owner":"63cbe1e459320dd7044c3cd7f43c661c","floor":1}""";

    [Fact]
    public async Task The_bytes_of_version_1_stay_readable()
    {
        var store = new MemoryBlobStore();
        await using LogWriter writer = await LogWriter.OpenAsync(
            Batches.Key, store, new InstantTime(), new SeededRandom(7), new LogWriterOptions(), null, TestContext.Current.CancellationToken);
        string name = DataPaths.Epoch(Batches.Key.Incarnation, Batches.Key.Stream);
        BlobContent content = (await store.ReadAsync(name, TestContext.Current.CancellationToken))!;
        Assert.Equal(Golden, Encoding.UTF8.GetString(BlobEnvelope.Unwrap(BlobKind.Epoch, name, content.Bytes, out _).Span));
    }
}
