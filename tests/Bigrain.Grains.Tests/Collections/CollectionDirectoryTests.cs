using Bigrain.Grains.Collections;
using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Partitions;
using Bigrain.TestKit.Randomness;
using ErrorCode = Bigrain.Index.Errors.ErrorCode;

namespace Bigrain.Grains.Tests.Collections;

public sealed class CollectionDirectoryTests
{
    private readonly MemoryBlobStore _blobs = new();
    private readonly FaultyBlobStore _store;
    private readonly CollectionCatalog _catalog;
    private readonly MovableTime _time = new();
    private readonly CollectionDirectory _directory;
    private readonly TaskCompletionSource _storeIsBack = new();
    private Func<FaultPoint, Task> _onPoint = static _ => Task.CompletedTask;
    private int _reads;
    private bool _storeHangs;

    public CollectionDirectoryTests()
    {
        _store = new FaultyBlobStore(_blobs, new SeededRandom(1), new FaultRates())
        {
            OnPoint = async point =>
            {
                Interlocked.Increment(ref _reads);
                await _onPoint(point);
                if (_storeHangs)
                {
                    await _storeIsBack.Task;
                }
            },
        };
        _catalog = new CollectionCatalog(_blobs, _time, new SeededRandom(2));
        _directory = new CollectionDirectory(new CollectionCatalog(_store, _time, new SeededRandom(3)), _time);
    }

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_head_is_read_again_after_a_second_and_not_before()
    {
        await CreateAsync();
        await _directory.GetAsync("c", Cancel);
        int reads = _reads;

        await _directory.GetAsync("c", Cancel);
        Assert.Equal(reads, _reads);

        _time.Advance(TimeSpan.FromSeconds(1.1));
        await _directory.GetAsync("c", Cancel);
        Assert.True(_reads > reads);
    }

    [Fact]
    public async Task A_store_that_hangs_keeps_nobody_who_has_a_head()
    {
        await CreateAsync();
        CollectionSnapshot known = await _directory.GetAsync("c", Cancel);
        _storeHangs = true;
        _time.Advance(TimeSpan.FromSeconds(5));

        for (int i = 0; i < 20; i++)
        {
            Assert.Same(known, await _directory.GetAsync("c", Cancel).AsTask().WaitAsync(TimeSpan.FromSeconds(10), Cancel));
        }

        _storeIsBack.SetResult();
    }

    [Fact]
    public async Task A_dropped_collection_is_not_found_once_its_head_is_read_again()
    {
        await CreateAsync();
        await _directory.GetAsync("c", Cancel);
        await _catalog.DropAsync("c", Cancel);
        _time.Advance(TimeSpan.FromSeconds(1.1));

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(async () => await _directory.GetAsync("c", Cancel));

        Assert.Equal(ErrorCode.NotFound, error.Code);
    }

    [Fact]
    public async Task A_life_that_ended_is_forgotten_at_once_even_where_its_head_is_being_read()
    {
        CollectionHead ended = await CreateAsync();
        var isRead = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        _onPoint = async point =>
        {
            if (point is { IsAfter: true, Operation: "read" } && isRead.TrySetResult())
            {
                await goOn.Task;
            }
        };
        Task<CollectionSnapshot> early = _directory.GetAsync("c", Cancel).AsTask();
        await isRead.Task.WaitAsync(Cancel);

        await _catalog.DropAsync("c", Cancel);
        _directory.Forget(ended.Incarnation);
        goOn.SetResult();
        Assert.Equal(ended.Incarnation, (await early).Head.Incarnation);
        await CreateAsync();

        Assert.NotEqual(ended.Incarnation, (await _directory.GetAsync("c", Cancel)).Head.Incarnation);
    }

    [Fact]
    public async Task A_life_that_is_known_is_forgotten_when_it_ends_and_others_are_kept()
    {
        await CreateAsync();
        await _catalog.CreateAsync("other", Schemas.Dense(4, Metric.L2, 1, 1), Cancel);
        CollectionSnapshot ended = await _directory.GetAsync("c", Cancel);
        await _directory.GetAsync("other", Cancel);

        await _catalog.DropAsync("c", Cancel);
        _directory.Forget(ended.Head.Incarnation);

        BigrainException error = await Assert.ThrowsAsync<BigrainException>(async () => await _directory.GetAsync("c", Cancel));
        Assert.Equal(ErrorCode.NotFound, error.Code);
        Assert.NotNull(_directory.Peek("other"));
    }

    [Fact]
    public async Task Who_asks_after_a_collection_was_made_does_not_take_the_answer_of_a_read_before_it()
    {
        var isRead = new TaskCompletionSource();
        var goOn = new TaskCompletionSource();
        _onPoint = async point =>
        {
            if (point is { IsAfter: true, Operation: "read" } && isRead.TrySetResult())
            {
                await goOn.Task;
            }
        };
        Task<CollectionSnapshot> early = _directory.GetAsync("c", Cancel).AsTask();
        await isRead.Task.WaitAsync(Cancel);

        await CreateAsync();
        Task<CollectionSnapshot> late = _directory.GetAsync("c", Cancel).AsTask();
        goOn.SetResult();

        Assert.Equal("c", (await late).Head.Name);
        await Assert.ThrowsAsync<BigrainException>(async () => await early);
    }

    private async Task<CollectionHead> CreateAsync() => (await _catalog.CreateAsync("c", Schemas.Dense(4, Metric.L2, 1, 1), Cancel)).Head;

    /// <summary>The real clock, which tests put forward.</summary>
    private sealed class MovableTime : TimeProvider
    {
        private long _ahead;

        public override long GetTimestamp() => System.GetTimestamp() + Volatile.Read(ref _ahead);

        public override long TimestampFrequency => System.TimestampFrequency;

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ahead, (long)(by.TotalSeconds * System.TimestampFrequency));
    }
}
