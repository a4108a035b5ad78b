using System.Globalization;
using System.Runtime.InteropServices;

namespace Bigrain.Cli.Reports;

/// <summary>Numbers for people.</summary>
internal static class Words
{
    private const int ShownElements = 6;

    /// <summary>A size in bytes.</summary>
    public static string Size(long? bytes)
    {
        if (bytes is null)
        {
            return "";
        }

        double value = bytes.Value;
        string[] units = ["B", "KiB", "MiB", "GiB", "TiB"];
        int unit = 0;
        while (value >= 1024 && unit < units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        return string.Create(CultureInfo.InvariantCulture, $"{value:0.##} {units[unit]}");
    }

    /// <summary>A count.</summary>
    public static string Count(long? count) => count?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    /// <summary>A measured number.</summary>
    public static string Number(double value) => value.ToString(Math.Abs(value) >= 100 ? "N0" : "0.####", CultureInfo.InvariantCulture);

    /// <summary>The first elements of a vector.</summary>
    public static string Vector(float[]? vector)
    {
        if (vector is null)
        {
            return "";
        }

        string start = string.Join(", ", vector.Take(ShownElements).Select(static x => x.ToString(CultureInfo.InvariantCulture)));
        return vector.Length > ShownElements ? $"[{start}, ... {vector.Length} in all]" : $"[{start}]";
    }

    /// <summary>Little-endian float32 as numbers.</summary>
    public static float[]? Floats(byte[]? bytes) => bytes is null ? null : MemoryMarshal.Cast<byte, float>(bytes.AsSpan()).ToArray();
}
