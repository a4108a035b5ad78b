using Bigrain.Silo.Hosting;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Tests.Hosting;

public sealed class SiloSettingsTests
{
    [Fact]
    public async Task A_value_out_of_its_range_ends_the_start_and_names_the_option()
    {
        var settings = new SiloSettings { HttpPort = 70_000, MemoryBytes = 1, Listen = "everywhere" };

        OptionsValidationException error = await Assert.ThrowsAsync<OptionsValidationException>(
            () => SiloHost.StartAsync(settings, TestContext.Current.CancellationToken));

        Assert.Contains(error.Failures, failure => failure.Contains("HttpPort", StringComparison.Ordinal));
        Assert.Contains(error.Failures, failure => failure.Contains("MemoryBytes", StringComparison.Ordinal));
        Assert.Contains(error.Failures, failure => failure.Contains("Listen", StringComparison.Ordinal));
    }

    [Fact]
    public async Task An_address_that_strangers_can_reach_needs_a_word_for_it()
    {
        var settings = new SiloSettings { Listen = "0.0.0.0" };

        OptionsValidationException error = await Assert.ThrowsAsync<OptionsValidationException>(
            () => SiloHost.StartAsync(settings, TestContext.Current.CancellationToken));

        Assert.Contains("--no-auth", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(8L * 1024 * 1024 * 1024, 4L * 1024 * 1024 * 1024)]
    [InlineData(1, SiloSettings.MinMemoryBytes)]
    public void The_default_budget_is_half_of_what_the_process_may_use(long available, long expected) =>
        Assert.Equal(expected, MemoryShare.Of(available));
}
