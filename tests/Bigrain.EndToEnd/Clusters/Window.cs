namespace Bigrain.EndToEnd.Clusters;

/// <summary>How long a scenario lasts: short in every run of the tests, full with <c>tests/run.sh --long</c>.</summary>
internal static class Window
{
    /// <summary>Whether the full windows run.</summary>
    public static bool IsLong { get; } = Environment.GetEnvironmentVariable("BIGRAIN_LONG") == "1";

    public static TimeSpan Of(double shortSeconds, double longSeconds) => TimeSpan.FromSeconds(IsLong ? longSeconds : shortSeconds);

    public static int Count(int shortCount, int longCount) => IsLong ? longCount : shortCount;
}
