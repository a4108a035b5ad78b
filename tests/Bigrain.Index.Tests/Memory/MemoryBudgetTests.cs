using Bigrain.Index.Errors;
using Bigrain.Index.Memory;
using Xunit;

namespace Bigrain.Index.Tests.Memory;

public sealed class MemoryBudgetTests
{
    [Fact]
    public void What_does_not_fit_is_refused_with_the_numbers_and_changes_nothing()
    {
        var budget = new MemoryBudget(100);
        using MemoryLease held = budget.Take(70, "a");

        BigrainException refused = Assert.Throws<BigrainException>(() => budget.Take(31, "segment x"));

        Assert.Equal(ErrorCode.Overloaded, refused.Code);
        Assert.Contains("segment x needs 31 bytes but only 30 of 100 are free", refused.Message, StringComparison.Ordinal);
        Assert.Equal(70, budget.UsedBytes);
        Assert.NotNull(budget.TryTake(30));
    }

    [Fact]
    public void A_lease_grows_while_it_fits_shrinks_and_is_given_back_once()
    {
        var budget = new MemoryBudget(100);
        MemoryLease lease = budget.Take(10, "a");

        Assert.True(lease.TryResize(90));
        Assert.False(lease.TryResize(101));
        Assert.Equal(90, budget.UsedBytes);
        Assert.True(lease.TryResize(20));
        Assert.Equal(20, budget.UsedBytes);
        lease.Dispose();
        lease.Dispose();
        Assert.Equal(0, budget.UsedBytes);
    }
}
