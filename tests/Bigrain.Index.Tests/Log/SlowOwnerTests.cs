using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Log;

/// <summary>An owner that sleeps while it takes over a stream. The simulation of replicas found this.</summary>
public sealed class SlowOwnerTests
{
    private static readonly StreamKey Key = new(new CollectionIncarnation("00112233445566778899aabbccddeeff"), 0);

    private readonly MemoryBlobStore _store = new();
    private readonly SeededRandom _random = new(7);
    private readonly InstantTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task It_is_fenced_and_does_not_report_damage_where_its_successor_had_the_log_trimmed()
    {
        await using (LogWriter first = await OpenAsync(_store))
        {
            await first.WriteAsync(Batches.Upsert("a", null, 1), Cancel);
        }

        bool isFirst = true;
        var slow = new FaultyBlobStore(_store, new SeededRandom(8), new FaultRates())
        {
            OnPoint = async point =>
            {
                if (point is { Operation: "list", IsAfter: false } && isFirst)
                {
                    isFirst = false;
                    await TakeOverAndTrimAsync();
                }
            },
        };

        BigrainException refused = await Assert.ThrowsAsync<BigrainException>(() => OpenAsync(slow));

        Assert.Equal(ErrorCode.Fenced, refused.Code);
    }

    private async Task TakeOverAndTrimAsync()
    {
        await using LogWriter successor = await OpenAsync(_store);
        await successor.WriteAsync(Batches.Upsert("b", null, 2), Cancel);
        successor.RaiseFloor(successor.LastSequence);
        Assert.True(await new LogTrimmer(_store, _time, Key, TimeSpan.Zero).DeleteAsync(Cancel) > 0);
    }

    private Task<LogWriter> OpenAsync(Bigrain.Index.Blobs.IBlobStore store) =>
        LogWriter.OpenAsync(Key, store, _time, _random, new LogWriterOptions(), null, Cancel);
}
