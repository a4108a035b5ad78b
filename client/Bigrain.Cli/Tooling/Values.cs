using System.Globalization;
using Bigrain.Index.Schema;

namespace Bigrain.Cli.Tooling;

/// <summary>Reads values of flags and variables; a <see cref="FormatException"/> says what is allowed.</summary>
internal static class Values
{
    /// <summary>Text as it is.</summary>
    public static string Text(string text) => text;

    /// <summary>A whole number.</summary>
    public static Func<string, int> Int(int min, int max) => text =>
        int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= min && value <= max
            ? value
            : throw new FormatException($"'{text}' is not a number from {min} to {max}");

    /// <summary>A whole number, whatever its range: the server knows the limit.</summary>
    public static int AnyInt(string text) => Int(int.MinValue, int.MaxValue)(text);

    /// <summary>A count of rows.</summary>
    public static long Count(string text) =>
        long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value)
            ? value
            : throw new FormatException($"'{text}' is not a count");

    /// <summary>A number from 0 to 1.</summary>
    public static double Share(string text) =>
        double.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value) && value is >= 0 and <= 1
            ? value
            : throw new FormatException($"'{text}' is not a number from 0 to 1");

    /// <summary>A yes or no.</summary>
    public static bool Bool(string text) => text.ToLowerInvariant() switch
    {
        "true" or "1" or "yes" => true,
        "false" or "0" or "no" or "" => false,
        _ => throw new FormatException($"'{text}' is neither true nor false"),
    };

    /// <summary>A length of time: a number and s, m, h or d.</summary>
    public static TimeSpan Duration(string text)
    {
        string trimmed = text.Trim();
        double seconds = trimmed.Length == 0 ? 0 : char.ToLowerInvariant(trimmed[^1]) switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            'd' => 86_400,
            _ => 0,
        };
        return seconds > 0
            && double.TryParse(trimmed.AsSpan(0, trimmed.Length - 1), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value * seconds <= TimeSpan.FromDays(365).TotalSeconds
            ? TimeSpan.FromSeconds(value * seconds)
            : throw new FormatException($"'{text}' is not a length of time up to a year; write it as 30s, 15m, 24h or 7d");
    }

    /// <summary>A size in bytes with a suffix K, M, G or T (powers of 1,024; a further B or iB is welcome).</summary>
    public static long Size(string text)
    {
        string number = text.Trim();
        number = Cut(Cut(number, "B"), "i");
        int shift = number.Length == 0 ? 0 : char.ToUpperInvariant(number[^1]) switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            'T' => 40,
            _ => 0,
        };
        if (shift > 0)
        {
            number = number[..^1];
        }

        return double.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double value)
            && value * (1L << shift) is > 0 and < long.MaxValue and var bytes
            ? (long)bytes
            : throw new FormatException($"'{text}' is not a size; write it as 512M or 4G");
    }

    /// <summary>Values separated by commas.</summary>
    public static Func<string, IReadOnlyList<T>> List<T>(Func<string, T> read) => text =>
        text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } parts
            ? [.. parts.Select(read)]
            : throw new FormatException("the list is empty");

    /// <summary>A metric by its name.</summary>
    public static Metric Metric(string text) => text switch
    {
        "l2" => Index.Schema.Metric.L2,
        "cosine" => Index.Schema.Metric.Cosine,
        "dot" => Index.Schema.Metric.Dot,
        _ => throw new FormatException($"'{text}' is not a metric; use l2, cosine or dot"),
    };

    private static string Cut(string text, string suffix) =>
        text.EndsWith(suffix, StringComparison.OrdinalIgnoreCase) ? text[..^suffix.Length] : text;
}
