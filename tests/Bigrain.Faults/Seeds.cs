using System.Globalization;

namespace Bigrain.Faults;

/// <summary>Which seeds to run: BIGRAIN_SEED one of them again, BIGRAIN_SEEDS how many, BIGRAIN_FIRST_SEED from where.</summary>
internal static class Seeds
{
    /// <summary>Lists the seeds.</summary>
    /// <param name="defaultCount">How many where the environment does not say.</param>
    public static IEnumerable<ulong> ToRun(int defaultCount)
    {
        if (Read("BIGRAIN_SEED") is { } one)
        {
            return [one];
        }

        ulong first = Read("BIGRAIN_FIRST_SEED") ?? 1;
        return Enumerable.Range(0, (int)(Read("BIGRAIN_SEEDS") ?? (ulong)defaultCount)).Select(i => first + (ulong)i);
    }

    /// <summary>How to run one seed again.</summary>
    public static string Replay(ulong seed, string test) => string.Create(
        CultureInfo.InvariantCulture,
        $"replay with: BIGRAIN_SEED={seed} dotnet run -c Release --project tests/Bigrain.Faults -- -method '*{test}*'");

    private static ulong? Read(string variable) =>
        ulong.TryParse(Environment.GetEnvironmentVariable(variable), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? value
            : null;
}
