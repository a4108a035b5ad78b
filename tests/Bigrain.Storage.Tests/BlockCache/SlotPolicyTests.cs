using Bigrain.Storage.BlockCache;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Storage.Tests.BlockCache;

public sealed class SlotPolicyTests
{
    private const ulong Seed = 11;

    [Fact]
    public void Every_key_has_a_slot_of_its_own_whatever_happens()
    {
        var policy = new SlotPolicy(50);
        var random = new SeededRandom(Seed);
        var owners = new Dictionary<int, BlockKey>();
        for (int step = 0; step < 100_000; step++)
        {
            var key = new BlockKey(1, random.Next(150));
            switch (random.Next(3))
            {
                case 0:
                    int slot = policy.Add(key);
                    Assert.InRange(slot, 0, 49);
                    owners[slot] = key;
                    break;
                case 1 when policy.TryUse(key, out int used):
                    Assert.Equal(key, owners[used]);
                    Assert.True(policy.Owns(key, used));
                    break;
                case 2 when random.Chance(0.1):
                    policy.Remove(key);
                    Assert.False(policy.Contains(key));
                    break;
                default:
                    break;
            }

            Assert.InRange(policy.Count, 0, 50);
        }
    }

    [Fact]
    public void A_scan_does_not_push_out_what_is_used()
    {
        var policy = new SlotPolicy(100);
        BlockKey[] hot = [.. Enumerable.Range(0, 80).Select(block => new BlockKey(1, block))];
        for (int round = 0; round < 4; round++)
        {
            foreach (BlockKey key in hot)
            {
                if (!policy.TryUse(key, out _))
                {
                    policy.Add(key);
                }
            }
        }

        for (int block = 0; block < 10_000; block++)
        {
            policy.Add(new BlockKey(2, block));
        }

        Assert.InRange(hot.Count(policy.Contains), 70, 80);
    }

    [Fact]
    public void Restored_keys_keep_their_slots_and_the_gaps_are_given_out()
    {
        var policy = new SlotPolicy(6);
        Assert.True(policy.TryRestore(new BlockKey(1, 10), 1));
        Assert.False(policy.TryRestore(new BlockKey(1, 10), 2));
        Assert.True(policy.TryRestore(new BlockKey(1, 11), 4));

        int[] given = [.. Enumerable.Range(0, 4).Select(block => policy.Add(new BlockKey(2, block)))];

        Assert.Equal([0, 2, 3, 5], given.Order());
        Assert.True(policy.Owns(new BlockKey(1, 10), 1));
        Assert.True(policy.Owns(new BlockKey(1, 11), 4));
    }
}
