using System.Diagnostics;
using System.Globalization;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Jobs;

/// <summary>Fail points of a process: at most one, from <c>BIGRAIN_FAIL_POINT=name[:n]</c>, which kills the process at the n-th hit.</summary>
/// <remarks>Thread safe. In every build, off unless the variable is set.</remarks>
public sealed class FailPoints : IFailPoints
{
    /// <summary>Name of the environment variable.</summary>
    public const string Variable = "BIGRAIN_FAIL_POINT";

    private readonly string? _name;
    private readonly Action _die;
    private int _left;

    /// <summary>Reads the setting.</summary>
    /// <param name="setting"><c>name[:n]</c>; null or empty for none.</param>
    /// <param name="die">What happens there; null kills the process as SIGKILL does, without a last word.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: n is not a number from 1.</exception>
    public FailPoints(string? setting, Action? die = null)
    {
        _die = die ?? Kill;
        if (string.IsNullOrEmpty(setting))
        {
            return;
        }

        int colon = setting.LastIndexOf(':');
        _name = colon < 0 ? setting : setting[..colon];
        if (colon < 0)
        {
            _left = 1;
        }
        else if (!int.TryParse(setting.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out _left) || _left < 1)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"'{setting}' is no fail point: write name or name:n with n from 1", Variable);
        }
    }

    /// <summary>None at all.</summary>
    public static FailPoints Off { get; } = new(null);

    /// <summary>The place to die at; null when there is none.</summary>
    public string? Name => _name;

    /// <inheritdoc/>
    public void Hit(string name)
    {
        if (name == _name && Interlocked.Decrement(ref _left) == 0)
        {
            _die();
        }
    }

    private static void Kill()
    {
        using (Process self = Process.GetCurrentProcess())
        {
            self.Kill();
        }

        // Nothing may happen between the signal and its effect.
        using var forever = new ManualResetEventSlim();
        forever.Wait();
    }
}
