namespace Bigrain.Training.Tests;

/// <summary>Compares a gradient with differences of the loss.</summary>
internal static class Slopes
{
    /// <summary>Fails unless the slope of each of the places equals the central difference of the loss.</summary>
    public static void AssertEqualDifferences(
        float[] parameters, float[] gradient, IEnumerable<int> places, Func<double> loss, float step, double tolerance)
    {
        var checkedPlaces = 0;
        foreach (var place in places)
        {
            var kept = parameters[place];
            parameters[place] = kept + step;
            var (above, high) = (loss(), (double)parameters[place]);
            parameters[place] = kept - step;
            var (below, low) = (loss(), (double)parameters[place]);
            parameters[place] = kept;
            var difference = (above - below) / (high - low);
            Assert.True(
                Math.Abs(difference - gradient[place]) <= tolerance * Math.Max(0.05, Math.Abs(difference)),
                $"place {place}: slope {gradient[place]:g6}, difference {difference:g6}");
            checkedPlaces++;
        }

        Assert.NotEqual(0, checkedPlaces);
    }
}
