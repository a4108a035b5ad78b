using System.Diagnostics.Metrics;
using Bigrain.Api;
using Bigrain.Index.Memory;
using Bigrain.Silo.Admission;
using Bigrain.TestKit.Time;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Tests.Admission;

public sealed class AdmissionTests : IDisposable
{
    private const long MiB = 1024 * 1024;

    private readonly VirtualTime _time = new();
    private readonly TestMeters _meters = new();
    private readonly AdmissionOptions _options = new() { ConcurrentQueries = 2, QueueLimit = 2, BodyPercent = 10 };
    private readonly List<string> _running = [];
    private readonly Dictionary<string, TaskCompletionSource> _ends = [];
    private AdmissionGate? _gate;

    [Fact]
    public void What_finds_neither_place_nor_queue_is_refused_at_once_and_its_body_is_not_read() => _time.Run(async () =>
    {
        (Task[] others, _) = Start("a", "b", "c", "d");
        (Task refused, HttpContext context) = Send("e", Admitted.Query);
        await refused;

        Assert.Equal(429, context.Response.StatusCode);
        Assert.Equal("1", context.Response.Headers.RetryAfter);
        Assert.Equal(["a", "b"], _running);
        Assert.Equal(TimeSpan.Zero, _time.Elapsed);
        await EndAllAsync(others);
    });

    [Fact]
    public void Those_that_wait_get_their_turn_oldest_first() => _time.Run(async () =>
    {
        (Task[] others, HttpContext[] contexts) = Start("a", "b", "c", "d");
        await EndAsync("a");
        Assert.Equal(["a", "b", "c"], _running);
        await EndAsync("b");
        Assert.Equal(["a", "b", "c", "d"], _running);
        await EndAllAsync(others);
        Assert.All(contexts, context => Assert.Equal(200, context.Response.StatusCode));
    });

    [Fact]
    public void One_that_waits_longer_than_its_sender_would_leaves_the_queue() => _time.Run(async () =>
    {
        (Task[] others, _) = Start("a", "b");
        (Task impatient, HttpContext context) = Send("c", Admitted.Query, timeoutMilliseconds: 300);
        (Task patient, _) = Send("d", Admitted.Query);
        await impatient;
        Assert.Equal((429, 150.0), (context.Response.StatusCode, _time.Elapsed.TotalMilliseconds));

        // Its place in the queue is free, and who came later goes first now.
        (Task later, _) = Send("e", Admitted.Query);
        await EndAsync("a");
        Assert.Equal(["a", "b", "d"], _running);
        await EndAllAsync([.. others, patient, later]);
    });

    [Fact]
    public void One_that_would_not_get_its_turn_in_time_is_refused_now_and_not_then() => _time.Run(async () =>
    {
        (Task first, _) = Send("a", Admitted.Query);
        await Task.Delay(TimeSpan.FromSeconds(5), _time, TestContext.Current.CancellationToken);
        await EndAllAsync([first]);

        // A query takes 5 s here and two run at once: the next in the queue waits 2.5 s, and nobody waits longer than 1 s.
        (Task[] others, _) = Start("b", "c");
        TimeSpan before = _time.Elapsed;
        (Task refused, HttpContext context) = Send("d", Admitted.Query);
        await refused;
        Assert.Equal((429, before), (context.Response.StatusCode, _time.Elapsed));
        await EndAllAsync(others);
    });

    [Fact]
    public void A_sender_that_hangs_up_gives_its_place_back() => _time.Run(async () =>
    {
        (Task[] others, _) = Start("a", "b");
        using var hangUp = new CancellationTokenSource();
        (Task gone, _) = Send("c", Admitted.Query, aborted: hangUp.Token);
        hangUp.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => gone);
        (Task next, _) = Send("d", Admitted.Query);
        await EndAsync("b");
        Assert.Equal(["a", "b", "d"], _running);
        await EndAllAsync([.. others, next]);
    });

    [Fact]
    public void Bodies_in_the_works_are_bounded_by_their_bytes() => _time.Run(async () =>
    {
        // 10 % of 100 MiB, and each body counts twice: 4 MiB fit beside nothing larger than 1 MiB.
        (Task first, _) = Send("a", Admitted.Write, bodyBytes: 4 * MiB);
        (Task second, _) = Send("b", Admitted.Write, bodyBytes: 2 * MiB);
        Assert.Equal(["a"], _running);
        await EndAsync("a");
        Assert.Equal(["a", "b"], _running);
        await EndAllAsync([first, second]);
    });

    [Fact]
    public void A_body_that_is_alone_over_the_limit_goes_alone() => _time.Run(async () =>
    {
        (Task large, _) = Send("a", Admitted.Write, bodyBytes: 32 * MiB);
        (Task small, _) = Send("b", Admitted.Write, bodyBytes: MiB / 2);
        Assert.Equal(["a"], _running);
        await EndAsync("a");
        Assert.Equal(["a", "b"], _running);
        await EndAllAsync([large, small]);
    });

    public void Dispose()
    {
        _gate?.Dispose();
        _meters.Dispose();
    }

    private (Task[] Requests, HttpContext[] Contexts) Start(params string[] names)
    {
        (Task Request, HttpContext Context)[] sent = Array.ConvertAll(names, name => Send(name, Admitted.Query));
        return (Array.ConvertAll(sent, one => one.Request), Array.ConvertAll(sent, one => one.Context));
    }

    private (Task Request, HttpContext Context) Send(
        string name, Admitted kind, long bodyBytes = 100, int? timeoutMilliseconds = null, CancellationToken aborted = default)
    {
        AdmissionInstruments instruments = new(_meters);
        _gate ??= new AdmissionGate(Options.Create(_options), new MemoryBudget(100 * MiB), instruments);
        var middleware = new AdmissionMiddleware(
            _ =>
            {
                _running.Add(name);
                return (_ends[name] = new TaskCompletionSource()).Task;
            },
            _gate,
            Options.Create(_options),
            instruments,
            _time);
        var context = new DefaultHttpContext { RequestAborted = aborted };
        context.Request.ContentLength = bodyBytes;
        context.SetEndpoint(new Endpoint(null, new EndpointMetadataCollection(kind), name));
        if (timeoutMilliseconds is { } milliseconds)
        {
            context.Request.Headers[ApiHeaders.TimeoutMilliseconds] = $"{milliseconds}";
        }

        return (middleware.InvokeAsync(context), context);
    }

    /// <summary>Ends a running request and lets what waited for it run.</summary>
    private async Task EndAsync(string name)
    {
        _ends[name].SetResult();
        await Task.Delay(TimeSpan.FromMilliseconds(1), _time, TestContext.Current.CancellationToken);
    }

    private async Task EndAllAsync(Task[] requests)
    {
        while (!Array.TrueForAll(requests, request => request.IsCompleted))
        {
            foreach (string name in _running.Where(name => !_ends[name].Task.IsCompleted).ToArray())
            {
                await EndAsync(name);
            }
        }

        await Task.WhenAll(requests);
    }

    private sealed class TestMeters : IMeterFactory
    {
        private readonly List<Meter> _made = [];

        public Meter Create(MeterOptions options)
        {
            var meter = new Meter(options);
            _made.Add(meter);
            return meter;
        }

        public void Dispose() => _made.ForEach(meter => meter.Dispose());
    }
}
