using System.Xml.Linq;
using Bigrain.Training.Runs;

namespace Bigrain.Training.Tests.Runs;

public sealed class SvgPlotTests
{
    private static readonly XNamespace Svg = "http://www.w3.org/2000/svg";

    [Fact]
    public void A_drawing_is_well_formed_and_has_a_line_and_a_name_for_each_series()
    {
        XElement drawing = Parse(SvgPlot.Draw("Recall < 1 & \"rising\"", "epoch", "share", [
            new PlotLine("R@10", [(0, 0.1), (1, 0.4), (2, 0.35)]),
            new PlotLine("start", [(0, 0.1), (2, 0.1)], IsDashed: true),
        ]));
        Assert.Equal(2, drawing.Elements(Svg + "polyline").Count());
        Assert.Contains(drawing.Elements(Svg + "text"), static text => text.Value == "Recall < 1 & \"rising\"");
        Assert.Contains(drawing.Elements(Svg + "text"), static text => text.Value == "start");
        Assert.NotNull(drawing.Elements(Svg + "polyline").Last().Attribute("stroke-dasharray"));
    }

    [Fact]
    public void Points_lie_within_the_frame_and_what_is_not_finite_is_left_out()
    {
        XElement drawing = Parse(SvgPlot.Draw("t", "x", "y", [new PlotLine("a", [(0, 5), (1, double.NaN), (2, -3), (3, double.PositiveInfinity)])]));
        string[] points = drawing.Element(Svg + "polyline")!.Attribute("points")!.Value.Split(' ');
        Assert.Equal(2, points.Length);
        foreach (double[] point in points.Select(static point => point.Split(',').Select(static part => double.Parse(part, System.Globalization.CultureInfo.InvariantCulture)).ToArray()))
        {
            Assert.InRange(point[0], 0, 720);
            Assert.InRange(point[1], 0, 420);
        }
    }

    [Fact]
    public void Nothing_to_draw_is_no_error()
    {
        Parse(SvgPlot.Draw("empty", "x", "y", []));
        Parse(SvgPlot.Draw("one point", "x", "y", [new PlotLine("a", [(1, 1)])]));
    }

    private static XElement Parse(string svg)
    {
        Assert.DoesNotContain("NaN", svg, StringComparison.Ordinal);
        return XDocument.Parse(svg).Root!;
    }
}
