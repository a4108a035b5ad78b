using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Log;

public sealed class LogCrashTests
{
    private static readonly string[] Ids = ["a", "b", "c"];

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_crash_at_any_point_of_opening_and_appending_loses_nothing_acknowledged()
    {
        long points = await RunAsync(crashAt: 0);
        Assert.InRange(points, 20, 200);
        for (long point = 1; point <= points; point++)
        {
            await RunAsync(point);
        }
    }

    /// <summary>Writes three batches, dies, restarts, sends all three again: each is there exactly once, in order.</summary>
    private static async Task<long> RunAsync(long crashAt)
    {
        var time = new InstantTime();
        var store = new MemoryBlobStore(time);
        var random = new SeededRandom(3);
        await (await OpenAsync(store, time, random)).DisposeAsync();

        var process = new FaultyBlobStore(store, new SeededRandom(4), new FaultRates()) { CrashAtPoint = crashAt };
        var acknowledged = new Dictionary<string, long>();
        try
        {
            LogWriter writer = await OpenAsync(process, time, random);
            foreach (string id in Ids)
            {
                acknowledged[id] = await writer.WriteAsync(Batches.Upsert(id, "batch-" + id, 1), Cancel);
            }
        }
        catch (Exception error) when (error is SimulatedCrashException or BigrainException { InnerException: SimulatedCrashException })
        {
            Assert.NotEqual(0, crashAt);
        }

        await using LogWriter restarted = await OpenAsync(store, time, random);
        foreach (string id in Ids)
        {
            long sequence = await restarted.WriteAsync(Batches.Upsert(id, "batch-" + id, 1), Cancel);
            Assert.Equal(acknowledged.GetValueOrDefault(id, sequence), sequence);
        }

        List<LogEntry> entries = await new LogReader(store, Batches.Key).ReadFromAsync(1, Cancel).ToListAsync(Cancel);
        Assert.Equal(Ids, Batches.IdsOf(entries));
        return process.PointCount;
    }

    private static Task<LogWriter> OpenAsync(Bigrain.Index.Blobs.IBlobStore store, TimeProvider time, SeededRandom random) =>
        LogWriter.OpenAsync(Batches.Key, store, time, random, new LogWriterOptions(), null, Cancel);
}
