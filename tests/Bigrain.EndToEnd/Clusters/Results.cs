using Xunit;

namespace Bigrain.EndToEnd.Clusters;

/// <summary>Where scenarios say what they measured: in the output of the test, and in the file that <c>BIGRAIN_RESULTS</c> names.</summary>
internal static class Results
{
    public static void Note(string text)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(text);
        if (Environment.GetEnvironmentVariable("BIGRAIN_RESULTS") is { Length: > 0 } path)
        {
            string name = TestContext.Current.TestMethod?.MethodName.Replace('_', ' ') ?? "";
            File.AppendAllText(path, $"{DateTime.UtcNow:yyyy-MM-dd HH:mm:ss} {name}: {text}\n");
        }
    }
}
