using System.Globalization;
using System.Security;
using System.Text;

namespace Bigrain.Training.Runs;

/// <summary>Draws lines over a common axis as SVG.</summary>
public static class SvgPlot
{
    private const int Width = 720;
    private const int Height = 420;
    private const int Left = 70;
    private const int Right = 180;
    private const int Top = 40;
    private const int Bottom = 50;
    private const int Ticks = 5;

    // Told apart also by those who do not see all colours (Okabe and Ito).
    private static readonly string[] Colours = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9"];

    /// <summary>Draws.</summary>
    /// <param name="title">Title.</param>
    /// <param name="xName">What goes to the right.</param>
    /// <param name="yName">What goes up.</param>
    /// <param name="lines">The lines; points that are not finite are left out.</param>
    /// <returns>The drawing.</returns>
    public static string Draw(string title, string xName, string yName, IReadOnlyList<PlotLine> lines)
    {
        ArgumentNullException.ThrowIfNull(lines);
        (double X, double Y)[] points = [.. lines.SelectMany(static line => line.Points).Where(IsFinite)];
        (double lowX, double highX) = Range(points.Select(static point => point.X));
        (double lowY, double highY) = Range(points.Select(static point => point.Y));
        var svg = new StringBuilder();
        Add(svg, $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {Height}\" font-family=\"sans-serif\" font-size=\"12\">");
        Add(svg, $"<rect width=\"{Width}\" height=\"{Height}\" fill=\"#ffffff\"/>");
        Add(svg, $"<text x=\"{Left}\" y=\"24\" font-size=\"15\">{Escape(title)}</text>");
        Add(svg, $"<text x=\"{(Left + Width - Right) / 2}\" y=\"{Height - 12}\" text-anchor=\"middle\">{Escape(xName)}</text>");
        Add(svg, $"<text x=\"16\" y=\"{(Top + Height - Bottom) / 2}\" text-anchor=\"middle\" transform=\"rotate(-90 16 {(Top + Height - Bottom) / 2})\">{Escape(yName)}</text>");
        for (int i = 0; i <= Ticks; i++)
        {
            double x = lowX + ((highX - lowX) * i / Ticks);
            double y = lowY + ((highY - lowY) * i / Ticks);
            Add(svg, $"<line x1=\"{Left}\" y1=\"{Y(y):F1}\" x2=\"{Width - Right}\" y2=\"{Y(y):F1}\" stroke=\"#dddddd\"/>");
            Add(svg, $"<text x=\"{Left - 6}\" y=\"{Y(y) + 4:F1}\" text-anchor=\"end\">{y:G4}</text>");
            Add(svg, $"<text x=\"{X(x):F1}\" y=\"{Height - Bottom + 18}\" text-anchor=\"middle\">{x:G4}</text>");
        }

        for (int i = 0; i < lines.Count; i++)
        {
            string colour = Colours[i % Colours.Length];
            string dash = lines[i].IsDashed ? " stroke-dasharray=\"6 4\"" : "";
            string path = string.Join(' ', lines[i].Points.Where(IsFinite).Select(point => string.Create(CultureInfo.InvariantCulture, $"{X(point.X):F1},{Y(point.Y):F1}")));
            Add(svg, $"<polyline points=\"{path}\" fill=\"none\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>");
            int line = Top + 10 + (i * 20);
            Add(svg, $"<line x1=\"{Width - Right + 12}\" y1=\"{line}\" x2=\"{Width - Right + 36}\" y2=\"{line}\" stroke=\"{colour}\" stroke-width=\"2\"{dash}/>");
            Add(svg, $"<text x=\"{Width - Right + 42}\" y=\"{line + 4}\">{Escape(lines[i].Name)}</text>");
        }

        return svg.Append("</svg>\n").ToString();

        double X(double x) => Left + ((x - lowX) / (highX - lowX) * (Width - Right - Left));

        double Y(double y) => Height - Bottom - ((y - lowY) / (highY - lowY) * (Height - Bottom - Top));
    }

    private static bool IsFinite((double X, double Y) point) => double.IsFinite(point.X) && double.IsFinite(point.Y);

    private static (double Low, double High) Range(IEnumerable<double> values)
    {
        double[] all = [.. values];
        if (all.Length == 0)
        {
            return (0, 1);
        }

        (double low, double high) = (all.Min(), all.Max());
        double edge = high > low ? (high - low) * 0.05 : Math.Max(Math.Abs(low) * 0.05, 0.5);
        return (low - edge, high + edge);
    }

    private static string Escape(string text) => SecurityElement.Escape(text) ?? "";

    private static void Add(StringBuilder svg, FormattableString line) => svg.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');
}
