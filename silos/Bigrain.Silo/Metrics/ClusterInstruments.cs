using System.Diagnostics.Metrics;
using Bigrain.Silo.Membership;

namespace Bigrain.Silo.Metrics;

/// <summary>Metrics of this silo's place in its cluster; meter <c>Bigrain.Cluster</c>.</summary>
internal sealed class ClusterInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Bigrain.Cluster";

    private readonly Counter<long> _readFailures;

    /// <summary>Makes the instruments.</summary>
    public ClusterInstruments(IMeterFactory meters, MembershipState state)
    {
        Meter meter = meters.Create(MeterName);
        meter.CreateObservableGauge(
            "bigrain.cluster.membership_lost",
            () => state.LostReason is null ? 0 : 1,
            unit: null,
            "1 once the membership table lost this silo: it refuses writes and ends soon.");
        _readFailures = meter.CreateCounter<long>(
            "bigrain.cluster.membership_read_failures", "{read}", "Looks at the membership table that failed.");
    }

    /// <summary>Counts a look at the table that failed.</summary>
    public void AddReadFailure() => _readFailures.Add(1);
}
