using System.Diagnostics;
using Bigrain.Client;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Redis;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>Silos as separate processes on a Redis of their own and a container of their own.</summary>
internal sealed class TestCluster : IAsyncDisposable
{
    public static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(90);

    private const int NicenessOfOthers = 5;

    private static readonly TimeSpan PollPeriod = TimeSpan.FromMilliseconds(100);

    private readonly TemporaryFolder _folder = new();
    private readonly string[] _arguments;
    private readonly IReadOnlyDictionary<string, string> _variables;
    private readonly List<SiloProcess> _silos = [];
    private readonly int _niceness;

    private TestCluster(RedisServer redis, string blob, string container, IReadOnlyDictionary<string, string> variables, bool givesWay, string[] arguments)
    {
        Redis = redis;
        _niceness = givesWay ? NicenessOfOthers : 0;
        _variables = variables;
        _arguments =
        [
            "--redis", redis.Address, "--blob", blob, "--container", container,
            "--cluster", $"e{Guid.NewGuid():N}", "--memory", "1G", .. arguments,
        ];
    }

    public RedisServer Redis { get; }

    public IReadOnlyList<SiloProcess> Silos => _silos;

    public IEnumerable<SiloProcess> RunningSilos => _silos.Where(static silo => silo.IsRunning && !silo.IsPaused);

    public static string NewContainer() => $"cluster{Guid.NewGuid():N}";

    /// <summary>Starts silos named <c>silo-0</c> and on, and waits until all are healthy.</summary>
    public static Task<TestCluster> StartAsync(string blob, string container, int silos, CancellationToken cancellationToken, params string[] arguments) =>
        StartAsync(blob, container, new string?[silos], new Dictionary<string, string>(), givesWay: true, cancellationToken, arguments);

    /// <summary>Starts silos of several releases, each by its <c>bigrain.dll</c>, null being the release under test.</summary>
    public static Task<TestCluster> StartAsync(
        string blob, string container, IReadOnlyList<string?> releases, CancellationToken cancellationToken, params string[] arguments) =>
        StartAsync(blob, container, releases, new Dictionary<string, string>(), givesWay: true, cancellationToken, arguments);

    /// <summary>Starts silos of several releases with variables of their own, which give way or not to what runs beside them.</summary>
    public static async Task<TestCluster> StartAsync(
        string blob,
        string container,
        IReadOnlyList<string?> releases,
        IReadOnlyDictionary<string, string> variables,
        bool givesWay,
        CancellationToken cancellationToken,
        params string[] arguments)
    {
        TestCluster cluster = new(await RedisServer.LaunchAsync(cancellationToken), blob, container, variables, givesWay, arguments);
        foreach (string? release in releases)
        {
            cluster.AddSilo(release);
        }

        try
        {
            await cluster.WaitUntilHealthyAsync(StartTimeout);
            return cluster;
        }
        catch
        {
            await cluster.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts one more silo and returns at once.</summary>
    public SiloProcess AddSilo(string? release = null)
    {
        string name = $"silo-{_silos.Count}";
        SiloProcess silo = new(name, _folder.Path, _niceness, _variables, [.. _arguments, "--data", _folder.Combine($"cache-{name}")]);
        if (release is not null)
        {
            silo.UseRelease(release);
        }

        _silos.Add(silo);
        silo.Start();
        return silo;
    }

    /// <summary>Forgets the last silo, which must have ended.</summary>
    public async Task RemoveLastSiloAsync()
    {
        SiloProcess last = _silos[^1];
        _silos.Remove(last);
        await last.DisposeAsync();
    }

    /// <summary>Folder of a silo's local copies.</summary>
    public string CacheOf(SiloProcess silo) => _folder.Combine($"cache-{silo.Name}");

    /// <summary>A client that knows every silo; the one at <paramref name="first"/> is asked first.</summary>
    public BigrainClient Client(int first = 0, double timeoutSeconds = 3, int? maxRetries = null)
    {
        BigrainClientOptions defaults = new();
        return new(new BigrainClientOptions
        {
            Endpoints = [.. _silos.Skip(first % _silos.Count).Concat(_silos.Take(first % _silos.Count)).Select(static silo => silo.Address)],
            Timeout = TimeSpan.FromSeconds(timeoutSeconds),
            MaxRetries = maxRetries ?? defaults.MaxRetries,
        });
    }

    /// <summary>Clients for a load, which start at different silos.</summary>
    public IReadOnlyList<BigrainClient> Clients(int count, double timeoutSeconds = 3) =>
        [.. Enumerable.Range(0, count).Select(first => Client(first, timeoutSeconds))];

    /// <summary>Waits until every running silo is ready, knows exactly the running ones, and every partition has all its replicas.</summary>
    /// <returns>How long it took.</returns>
    /// <exception cref="TimeoutException">It did not come; says what was missing last.</exception>
    public async Task<TimeSpan> WaitUntilHealthyAsync(TimeSpan within)
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            string? missing = await ClusterHealth.FaultOfAsync([.. RunningSilos]);
            TimeSpan elapsed = Stopwatch.GetElapsedTime(start);
            if (missing is null)
            {
                return elapsed;
            }

            if (elapsed > within)
            {
                throw new TimeoutException($"not healthy within {within.TotalSeconds:0} s: {missing}");
            }

            await Task.Delay(PollPeriod);
        }
    }

    /// <summary>Waits until something holds.</summary>
    /// <exception cref="TimeoutException">It did not.</exception>
    public static async Task<TimeSpan> WaitUntilAsync(Func<Task<bool>> holds, TimeSpan within, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(start) > within)
            {
                throw new TimeoutException($"{what}: not within {within.TotalSeconds:0} s");
            }

            await Task.Delay(PollPeriod);
        }

        return Stopwatch.GetElapsedTime(start);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (SiloProcess silo in _silos)
        {
            await silo.DisposeAsync();
        }

        await Redis.DisposeAsync();
        _folder.Dispose();
    }
}
