using System.Collections;
using System.Reflection;
using Bigrain.Contracts;
using Bigrain.Grains.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization;

namespace Bigrain.Grains.Tests.Contracts;

/// <summary>A wire type without a serializer builds without a warning and fails at its first call: this finds it before.</summary>
public sealed class WireTypeTests
{
    private static readonly Assembly[] Assemblies = [typeof(PackedBytes).Assembly, typeof(GrainServices).Assembly];

    private static readonly ServiceProvider Services = new ServiceCollection()
        .AddSerializer(builder => Array.ForEach(Assemblies, assembly => builder.AddAssembly(assembly)))
        .BuildServiceProvider();

    public static TheoryData<string> WireTypes() => [.. ContractText.WireTypes(Assemblies).Select(type => type.FullName!)];

    public static TheoryData<string> GrainInterfaces() => [.. ContractText.Interfaces(Assemblies).Select(type => type.FullName!)];

    [Theory]
    [MemberData(nameof(WireTypes))]
    public void Every_wire_type_survives_the_wire(string name)
    {
        Type type = TypeOf(name);
        var serializer = Services.GetRequiredService<Serializer>();
        object original = Sample(type);

        byte[] bytes = serializer.SerializeToArray(original);
        object back = serializer.Deserialize<object>(bytes)!;

        Assert.Equal(type, back.GetType());
        AssertSame(original, back, name);
    }

    [Theory]
    [MemberData(nameof(WireTypes))]
    public void Every_wire_type_has_a_fixed_alias(string name)
    {
        string? alias = TypeOf(name).GetCustomAttribute<AliasAttribute>()?.Alias;

        Assert.StartsWith("bigrain.", alias, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(WireTypes))]
    public void Every_member_that_travels_has_an_id_of_its_own(string name)
    {
        Type type = TypeOf(name);
        PropertyInfo[] members = OwnProperties(type);
        uint[] ids = [.. members.Select(member => member.GetCustomAttribute<IdAttribute>()?.Id ?? uint.MaxValue)];
        uint[] all = [.. ContractText.Members(type).Select(member => member.Id)];

        Assert.DoesNotContain(uint.MaxValue, ids);
        Assert.Equal(all.Length, all.Distinct().Count());
    }

    [Theory]
    [MemberData(nameof(GrainInterfaces))]
    public void Every_grain_interface_and_method_has_a_fixed_alias_and_no_float_array(string name)
    {
        Type type = TypeOf(name);
        Assert.StartsWith("bigrain.", type.GetCustomAttribute<AliasAttribute>()?.Alias, StringComparison.Ordinal);
        foreach (MethodInfo method in type.GetMethods())
        {
            Assert.True(method.GetCustomAttribute<AliasAttribute>() is not null, method.Name);
            Assert.DoesNotContain(method.GetParameters(), parameter => parameter.ParameterType == typeof(float[]));
            Assert.Equal(typeof(CancellationToken), method.GetParameters()[^1].ParameterType);
        }
    }

    [Fact]
    public void There_are_wire_types_and_interfaces_to_look_at()
    {
        Assert.True(WireTypes().Count >= 14);
        Assert.True(GrainInterfaces().Count >= 6);
    }

    private static Type TypeOf(string name) => Assemblies.Select(assembly => assembly.GetType(name)).First(type => type is not null)!;

    private static PropertyInfo[] OwnProperties(Type type) => type.IsEnum
        ? []
        : [.. type.GetProperties(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly).Where(property => property.Name != "EqualityContract")];

    /// <summary>A value with something in every member.</summary>
    private static object Sample(Type type)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            return Enum.GetValues(type).GetValue(1)!;
        }

        if (type.IsArray)
        {
            Array array = Array.CreateInstance(type.GetElementType()!, 2);
            array.SetValue(Sample(type.GetElementType()!), 0);
            array.SetValue(Sample(type.GetElementType()!), 1);
            return array;
        }

        return Type.GetTypeCode(type) switch
        {
            TypeCode.String => "text",
            TypeCode.Int32 => 42,
            TypeCode.Int64 => 1L << 40,
            TypeCode.Boolean => true,
            TypeCode.Byte => (byte)7,
            TypeCode.Double => 0.5,
            TypeCode.Single => 0.25f,
            TypeCode.UInt64 => 1UL << 50,
            _ when type == typeof(Guid) => new Guid("00112233-4455-6677-8899-aabbccddeeff"),
            _ when type == typeof(TimeSpan) => TimeSpan.FromSeconds(3),
            _ => Make(type),
        };
    }

    private static object Make(Type type)
    {
        ConstructorInfo constructor = type.GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)!;
        return constructor.Invoke([.. constructor.GetParameters().Select(parameter => Sample(parameter.ParameterType))]);
    }

    private static void AssertSame(object? expected, object? actual, string path)
    {
        if (expected is null || expected is string || expected.GetType().IsPrimitive || expected.GetType().IsEnum || expected is TimeSpan)
        {
            Assert.True(Equals(expected, actual), path);
            return;
        }

        if (expected is IEnumerable sequence)
        {
            object[] left = [.. sequence.Cast<object>()];
            object[] right = [.. ((IEnumerable)actual!).Cast<object>()];
            Assert.Equal(left.Length, right.Length);
            for (int i = 0; i < left.Length; i++)
            {
                AssertSame(left[i], right[i], $"{path}[{i}]");
            }

            return;
        }

        foreach (PropertyInfo property in OwnProperties(expected.GetType()))
        {
            AssertSame(property.GetValue(expected), property.GetValue(actual), $"{path}.{property.Name}");
        }
    }
}
