using System.Net;
using System.Text.Json;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>Full health, as every silo sees it.</summary>
internal static class ClusterHealth
{
    /// <summary>What is missing for full health; null when nothing is.</summary>
    public static async Task<string?> FaultOfAsync(IReadOnlyList<SiloProcess> silos)
    {
        if (silos.Count == 0)
        {
            return "no silo is running";
        }

        string?[] faults = await Task.WhenAll(silos.Select(silo => FaultOfAsync(silo, [.. silos.Select(static one => one.Name)])));
        return faults.FirstOrDefault(static fault => fault is not null);
    }

    /// <summary>The silos that should hold each partition, by <c>collection/partition</c>, as one silo sees them.</summary>
    public static async Task<IReadOnlyDictionary<string, string[]>> OwnersAsync(SiloProcess silo)
    {
        using JsonDocument status = JsonDocument.Parse(await silo.ReadAsync("/v1/cluster"));
        Dictionary<string, string[]> owners = [];
        foreach (JsonElement collection in status.RootElement.GetProperty("collections").EnumerateArray())
        {
            foreach (JsonElement partition in collection.GetProperty("placement").EnumerateArray())
            {
                owners[$"{collection.GetProperty("name").GetString()}/{partition.GetProperty("partition").GetInt32()}"] =
                    [.. partition.GetProperty("replicas").EnumerateArray().Select(SiloOf)];
            }
        }

        return owners;
    }

    private static async Task<string?> FaultOfAsync(SiloProcess silo, HashSet<string> names)
    {
        HttpStatusCode? ready = await silo.ProbeAsync("/health/ready");
        if (ready != HttpStatusCode.OK)
        {
            return $"{silo.Name} is not ready ({ready?.ToString() ?? "no answer"})";
        }

        string text = await silo.ReadAsync("/v1/cluster");
        if (text.Length == 0)
        {
            return $"{silo.Name} does not show the cluster";
        }

        using JsonDocument status = JsonDocument.Parse(text);
        HashSet<string> active = [.. status.RootElement.GetProperty("silos").EnumerateArray()
            .Where(static one => one.GetProperty("status").GetString() == "active")
            .Select(static one => one.GetProperty("name").GetString()!)];
        if (!active.SetEquals(names))
        {
            return $"{silo.Name} sees {string.Join(',', active.Order())} active instead of {string.Join(',', names.Order())}";
        }

        foreach (JsonElement collection in status.RootElement.GetProperty("collections").EnumerateArray())
        {
            int wanted = Math.Min(collection.GetProperty("replicas").GetInt32(), names.Count);
            if (!collection.TryGetProperty("placement", out JsonElement partitions) || partitions.ValueKind != JsonValueKind.Array)
            {
                continue;
            }

            foreach (JsonElement partition in partitions.EnumerateArray())
            {
                (string Status, string Silo)[] replicas = [.. partition.GetProperty("replicas").EnumerateArray()
                    .Select(static replica => (replica.GetProperty("status").GetString()!, SiloOf(replica)))];
                int live = replicas.Count(replica => replica.Status == "ready" && names.Contains(replica.Silo));
                if (replicas.Where(replica => names.Contains(replica.Silo)).All(static replica => replica.Status == "unloaded"))
                {
                    // Nobody asked for it since the start: the first query loads it.
                    continue;
                }

                if (live < wanted)
                {
                    return $"{silo.Name} sees {live} of {wanted} ready replicas of {collection.GetProperty("name").GetString()}/{partition.GetProperty("partition").GetInt32()}";
                }
            }
        }

        return null;
    }

    /// <summary>The owner of a replica; empty where there are fewer silos than replicas.</summary>
    private static string SiloOf(JsonElement replica) =>
        replica.TryGetProperty("silo", out JsonElement silo) ? silo.GetString() ?? "" : "";
}
