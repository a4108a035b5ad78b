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
    public async Task An_epoch_of_the_release_before_is_read_and_taken_over()
    {
        var store = new MemoryBlobStore();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        string name = DataPaths.Epoch(Batches.Key.Incarnation, Batches.Key.Stream);
        await store.CreateAsync(name, BlobEnvelope.Wrap(BlobKind.Epoch, 1, Encoding.UTF8.GetBytes(Golden)), cancel);

        Assert.Equal(1, await new LogReader(store, Batches.Key).ReadFloorAsync(cancel));
        await using LogWriter writer = await LogWriter.OpenAsync(
            Batches.Key, store, new InstantTime(), new SeededRandom(7), new LogWriterOptions(), null, cancel);
        Assert.Equal(2, writer.Epoch);
    }

    [Fact]
    public async Task An_epoch_in_the_place_of_another_is_refused()
    {
        var store = new MemoryBlobStore();
        CancellationToken cancel = TestContext.Current.CancellationToken;
        await (await LogWriter.OpenAsync(Batches.Key, store, new InstantTime(), new SeededRandom(7), new LogWriterOptions(), null, cancel)).DisposeAsync();
        StreamKey other = Batches.Key with { Stream = Batches.Key.Stream + 1 };
        await store.CopyAsync(
            DataPaths.Epoch(Batches.Key.Incarnation, Batches.Key.Stream), DataPaths.Epoch(other.Incarnation, other.Stream), cancel);

        await Assert.ThrowsAsync<CorruptBlobException>(() => new LogReader(store, other).ReadFloorAsync(cancel));
    }

    [Fact]
    public async Task The_bytes_of_version_1_stay_readable()
    {
        var store = new MemoryBlobStore();
        await using LogWriter writer = await LogWriter.OpenAsync(
            Batches.Key, store, new InstantTime(), new SeededRandom(7), new LogWriterOptions(), null, TestContext.Current.CancellationToken);
        string name = DataPaths.Epoch(Batches.Key.Incarnation, Batches.Key.Stream);
        BlobContent content = (await store.ReadAsync(name, TestContext.Current.CancellationToken))!;
        Assert.Equal(Golden.Replace("}", $",\"of\":\"{name}\"}}", StringComparison.Ordinal), Encoding.UTF8.GetString(BlobEnvelope.Unwrap(BlobKind.Epoch, name, content.Bytes, out _).Span));
    }
}
