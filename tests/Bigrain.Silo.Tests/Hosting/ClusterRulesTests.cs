using Bigrain.Silo.Hosting;

namespace Bigrain.Silo.Tests.Hosting;

public sealed class ClusterRulesTests
{
    private static readonly SiloSettings Local = new() { Redis = "127.0.0.1:6379" };
    private static readonly SiloSettings Pod = Local with { Blob = "UseDevelopmentStorage=true", Listen = "0.0.0.0", Advertise = "10.1.2.3", NoAuth = true };

    [Fact]
    public void Silos_of_one_machine_may_share_a_folder()
    {
        Assert.Empty(FaultsOf(Local));
        Assert.Empty(FaultsOf(Local with { Listen = "::1" }));
    }

    [Fact]
    public void Silos_of_several_machines_need_a_store_that_all_of_them_reach()
    {
        Assert.Empty(FaultsOf(Pod));
        Assert.Contains("--blob", Assert.Single(FaultsOf(Pod with { Blob = null })), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("0.0.0.0", null, "--advertise")]
    [InlineData("::", null, "--advertise")]
    [InlineData("0.0.0.0", "0.0.0.0", "not the IP address of one machine")]
    [InlineData("0.0.0.0", "silo-0.example", "not the IP address of one machine")]
    [InlineData("127.0.0.1", "10.1.2.3", "--listen")]
    public void An_address_that_the_others_cannot_use_is_refused(string listen, string? advertise, string expected) =>
        Assert.Contains(expected, Assert.Single(FaultsOf(Pod with { Listen = listen, Advertise = advertise })), StringComparison.Ordinal);

    [Fact]
    public void An_address_of_one_machine_needs_no_second_one() =>
        Assert.Empty(FaultsOf(Pod with { Listen = "10.1.2.3", Advertise = null }));

    [Theory]
    [InlineData("")]
    [InlineData("host:port:3,colour=blue")]
    public void A_Redis_that_does_not_parse_is_refused_without_repeating_it(string redis)
    {
        string fault = Assert.Single(FaultsOf(Local with { Redis = redis }));

        Assert.Contains("--redis HOST:PORT", fault, StringComparison.Ordinal);
        Assert.DoesNotContain("blue", fault, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_and_the_word_for_none_contradict_each_other() =>
        Assert.Contains("--no-auth", Assert.Single(FaultsOf(Pod with { ApiKeysFile = "keys.json" })), StringComparison.Ordinal);

    [Fact]
    public void The_dashboard_is_not_for_strangers()
    {
        Assert.Contains("--api-keys-file", Assert.Single(FaultsOf(Pod with { Dashboard = true })), StringComparison.Ordinal);
        Assert.Empty(FaultsOf(Pod with { Dashboard = true, NoAuth = false, ApiKeysFile = "keys.json" }));
        Assert.Empty(FaultsOf(Local with { Dashboard = true }));
    }

    [Fact]
    public void With_keys_a_silo_may_listen_to_strangers() =>
        Assert.Empty(FaultsOf(Pod with { NoAuth = false, ApiKeysFile = "keys.json" }));

    [Theory]
    [InlineData(null, "0.0.0.0", null, "127.0.0.1", "127.0.0.1")]
    [InlineData("r:1", "127.0.0.1", null, "127.0.0.1", "127.0.0.1")]
    [InlineData("r:1", "0.0.0.0", "127.0.0.2", "0.0.0.0", "127.0.0.2")]
    [InlineData("r:1", "127.0.0.2", null, "127.0.0.1", "127.0.0.1")]
    public void Only_a_silo_with_others_opens_its_ports_to_them(string? redis, string listen, string? advertise, string listens, string advertised)
    {
        SiloEndpoints endpoints = SiloEndpoints.Of(new SiloSettings { Redis = redis, Listen = listen, Advertise = advertise, SiloPort = 0, GatewayPort = 0 });

        Assert.Equal(listens, endpoints.Listen.ToString());
        Assert.Equal(advertised, endpoints.Advertised.ToString());
        Assert.NotEqual(endpoints.SiloPort, endpoints.GatewayPort);
        Assert.True(endpoints.SiloPort > 0 && endpoints.GatewayPort > 0);
    }

    private static IEnumerable<string> FaultsOf(SiloSettings settings) => new SiloSettingsRules().Validate(null, settings).Failures ?? [];
}
