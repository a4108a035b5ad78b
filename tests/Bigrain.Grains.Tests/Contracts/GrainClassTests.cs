using System.Reflection;
using Bigrain.Grains.Hosting;

namespace Bigrain.Grains.Tests.Contracts;

public sealed class GrainClassTests
{
    private static readonly Type[] GrainClasses = [.. typeof(GrainServices).Assembly.GetTypes().Where(type => type.IsAssignableTo(typeof(Grain)) && !type.IsAbstract)];

    [Fact]
    public void Grain_classes_are_internal_and_sealed_and_have_a_fixed_type()
    {
        Assert.NotEmpty(GrainClasses);
        Assert.All(GrainClasses, type =>
        {
            Assert.False(type.IsPublic, type.Name);
            Assert.True(type.IsSealed, type.Name);
            Assert.True(type.GetCustomAttribute<GrainTypeAttribute>() is not null, type.Name);
        });
    }

    [Fact]
    public void Each_grain_interface_has_exactly_one_class()
    {
        Type[] interfaces = [.. typeof(Bigrain.Contracts.PackedBytes).Assembly.GetExportedTypes()
            .Where(type => type.IsInterface && type.IsAssignableTo(typeof(IAddressable)))];

        Assert.All(interfaces, type => Assert.Single(GrainClasses, type.IsAssignableFrom));
    }
}
