using System.Runtime.Intrinsics;
using Bigrain.Kernels.Hardware;

namespace Bigrain.Kernels.Tests.Hardware;

public class InstructionSetTests
{
    [Fact]
    public void This_process_runs_the_width_that_its_starter_expects()
    {
        var expected = Environment.GetEnvironmentVariable("BIGRAIN_EXPECT_WIDTH");
        if (string.IsNullOrEmpty(expected))
        {
            Assert.Skip($"BIGRAIN_EXPECT_WIDTH is not set; this process runs {InstructionSet.Description}");
        }

        Assert.Equal(expected, ((int)InstructionSet.Width).ToString());
    }

    [Fact]
    public void This_process_has_byte_tables_when_its_starter_expects_them()
    {
        var expected = Environment.GetEnvironmentVariable("BIGRAIN_EXPECT_BYTE_TABLES");
        if (string.IsNullOrEmpty(expected))
        {
            Assert.Skip($"BIGRAIN_EXPECT_BYTE_TABLES is not set; this process runs {InstructionSet.Description}");
        }

        Assert.Equal(expected, InstructionSet.HasByteTables ? "1" : "0");
    }

    [Fact]
    public void The_width_is_the_widest_that_is_accelerated()
    {
        Assert.Equal(Vector512.IsHardwareAccelerated, InstructionSet.Width == VectorWidth.Vector512);
        Assert.Equal(Vector128.IsHardwareAccelerated, InstructionSet.Width != VectorWidth.Scalar);
        Assert.True(InstructionSet.Width == VectorWidth.Vector512 || !InstructionSet.HasByteTables);
    }
}
