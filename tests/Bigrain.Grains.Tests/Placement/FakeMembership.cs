using System.Collections.Immutable;
using System.Net;

namespace Bigrain.Grains.Tests.Placement;

/// <summary>A membership that tests change; this silo is the first one.</summary>
internal sealed class FakeMembership : IClusterMembershipService, ILocalSiloDetails
{
    private readonly Dictionary<SiloAddress, ClusterMember> _members = [];
    private long _version;

    public FakeMembership(params string[] names)
    {
        foreach (string name in names)
        {
            Join(name);
        }

        Name = names[0];
        SiloAddress = _members.Keys.Single(address => _members[address].Name == Name);
        Publish();
    }

    public string Name { get; }

    public SiloAddress SiloAddress { get; }

    public SiloAddress GatewayAddress => SiloAddress;

    public string ClusterId => "test";

    public string DnsHostName => "localhost";

    public ClusterMembershipSnapshot CurrentSnapshot { get; private set; } = null!;

    public IAsyncEnumerable<ClusterMembershipSnapshot> MembershipUpdates => AsyncEnumerable.Empty<ClusterMembershipSnapshot>();

    public SiloAddress Join(string name)
    {
        var address = SiloAddress.New(new IPEndPoint(IPAddress.Loopback, 1_000 + _members.Count), _members.Count);
        _members[address] = new ClusterMember(address, SiloStatus.Active, name);
        Publish();
        return address;
    }

    public void Kill(SiloAddress address)
    {
        _members[address] = new ClusterMember(address, SiloStatus.Dead, _members[address].Name);
        Publish();
    }

    public SiloAddress AddressOf(string name) => _members.Values.Last(member => member.Name == name && member.Status == SiloStatus.Active).SiloAddress;

    public ValueTask Refresh(MembershipVersion minimumVersion = default, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

    public Task<bool> TryKill(SiloAddress siloAddress) => Task.FromResult(false);

    private void Publish() => CurrentSnapshot = new ClusterMembershipSnapshot(_members.ToImmutableDictionary(), new MembershipVersion(++_version));
}
