namespace Bigrain.Silo.Membership;

/// <summary>Whether this silo still belongs to its cluster; written by the watchdog, read by whoever decides what may be done.</summary>
/// <remarks>Thread safe. Without a cluster nothing is ever lost.</remarks>
internal sealed class MembershipState
{
    private volatile string? _lostReason;
    private volatile string? _exitReason;

    /// <summary>Why membership is lost; null while it is not.</summary>
    public string? LostReason => _lostReason;

    /// <summary>Why the process ends by itself; null while it does not.</summary>
    public string? ExitReason => _exitReason;

    /// <summary>Declares it lost: no writes and no readiness from here on.</summary>
    public void Lose(string reason) => _lostReason = reason;

    /// <summary>Says that the loss ends the process.</summary>
    public void Exit() => _exitReason = _lostReason;
}
