using System.Globalization;

namespace Bigrain.EndToEnd.Loads;

/// <summary>The server's own histogram of the durations of its HTTP replies, read from <c>/metrics</c>.</summary>
internal static class RequestDurations
{
    private const string Bucket = "http_server_request_duration_seconds_bucket{";

    /// <summary>Counts the replies of one status by how long they took.</summary>
    /// <param name="metrics">The page.</param>
    /// <param name="status">HTTP status.</param>
    /// <param name="upperBound">Bound of a bucket in seconds; infinity counts all.</param>
    public static double Count(string metrics, int status, double upperBound) => metrics.Split('\n')
        .Where(line => line.StartsWith(Bucket, StringComparison.Ordinal)
            && line.Contains($"http_response_status_code=\"{status}\"", StringComparison.Ordinal)
            && Bound(line) == upperBound)
        .Sum(static line => double.Parse(line[(line.LastIndexOf('}') + 2)..].Split(' ')[0], CultureInfo.InvariantCulture));

    private static double Bound(string line)
    {
        int start = line.IndexOf("le=\"", StringComparison.Ordinal) + 4;
        string bound = line[start..line.IndexOf('"', start)];
        return bound == "+Inf" ? double.PositiveInfinity : double.Parse(bound, CultureInfo.InvariantCulture);
    }
}
