using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Bigrain.Index.Segments;

/// <summary>Which write made a document: its place in the log of its stream (the id's hash names the stream).</summary>
/// <param name="Sequence">Sequence of the log blob.</param>
/// <param name="Row">Row inside that blob.</param>
public readonly record struct RowVersion(long Sequence, int Row)
{
    /// <summary>The version of a document that is not there.</summary>
    public static RowVersion None => default;

    /// <summary>The version as senders see it: <c>{sequence}-{row}</c>; <c>0</c> for a document that is not there.</summary>
    public override string ToString() => Sequence == 0 ? "0" : string.Create(CultureInfo.InvariantCulture, $"{Sequence}-{Row}");

    /// <summary>Reads the form of <see cref="ToString"/>.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out RowVersion version)
    {
        version = default;
        if (text == "0")
        {
            return true;
        }

        int dash = text?.IndexOf('-', StringComparison.Ordinal) ?? -1;
        if (dash < 1
            || !long.TryParse(text.AsSpan(0, dash), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            || !int.TryParse(text.AsSpan(dash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int row)
            || sequence < 1)
        {
            return false;
        }

        version = new RowVersion(sequence, row);
        return true;
    }
}
