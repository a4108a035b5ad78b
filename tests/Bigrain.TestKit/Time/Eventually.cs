using System.Diagnostics;

namespace Bigrain.TestKit.Time;

/// <summary>Waits for what happens beside a test.</summary>
public static class Eventually
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    /// <summary>Asks until something holds.</summary>
    /// <param name="what">What it is, for the error.</param>
    /// <param name="holds">Asked every 20 ms.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="within">How long it may take; a minute unless said.</param>
    /// <exception cref="TimeoutException">It did not hold in time.</exception>
    public static async Task HoldsAsync(string what, Func<Task<bool>> holds, CancellationToken cancellationToken, TimeSpan? within = null)
    {
        TimeSpan patience = within ?? Patience;
        long began = Stopwatch.GetTimestamp();
        while (!await holds())
        {
            if (Stopwatch.GetElapsedTime(began) > patience)
            {
                throw new TimeoutException($"not within {patience.TotalSeconds:0} s: {what}");
            }

            await Task.Delay(Pause, cancellationToken);
        }
    }

    /// <summary>Asks until something holds.</summary>
    /// <param name="what">What it is, for the error.</param>
    /// <param name="holds">Asked every 20 ms.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <param name="within">How long it may take; a minute unless said.</param>
    /// <exception cref="TimeoutException">It did not hold in time.</exception>
    public static Task HoldsAsync(string what, Func<bool> holds, CancellationToken cancellationToken, TimeSpan? within = null) =>
        HoldsAsync(what, () => Task.FromResult(holds()), cancellationToken, within);
}
