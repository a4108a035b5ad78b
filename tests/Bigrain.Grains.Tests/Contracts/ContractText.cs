using System.Globalization;
using System.Reflection;

namespace Bigrain.Grains.Tests.Contracts;

/// <summary>The wire contract as text: one line per interface, method, type and member, each with the name or id that other versions know it by.</summary>
/// <remarks>A line is <c>key = what it means</c>. The key is what travels: it must never mean something else, and a key that went out
/// of use is listed as retired so that nobody takes it again.</remarks>
internal static class ContractText
{
    private const string RetiredMark = " = retired";

    /// <summary>Interfaces of grains.</summary>
    public static IEnumerable<Type> Interfaces(IEnumerable<Assembly> assemblies) => assemblies
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.IsInterface && type.IsAssignableTo(typeof(IAddressable)));

    /// <summary>Types that travel.</summary>
    public static IEnumerable<Type> WireTypes(IEnumerable<Assembly> assemblies) => assemblies
        .SelectMany(assembly => assembly.GetTypes())
        .Where(type => type.GetCustomAttribute<GenerateSerializerAttribute>() is not null);

    /// <summary>Members that travel: properties and fields with an id of their own.</summary>
    public static IEnumerable<(uint Id, MemberInfo Member, Type Type)> Members(Type type)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        return type.GetProperties(Own).Select(property => ((MemberInfo)property, property.PropertyType))
            .Concat(type.GetFields(Own).Select(field => ((MemberInfo)field, field.FieldType)))
            .Select(member => (member.Item1.GetCustomAttribute<IdAttribute>(), member.Item1, member.Item2))
            .Where(member => member.Item1 is not null)
            .Select(member => (member.Item1!.Id, member.Item2, member.Item3))
            .OrderBy(member => member.Id);
    }

    /// <summary>Writes the contract of some assemblies.</summary>
    public static string[] Write(IEnumerable<Assembly> assemblies)
    {
        Assembly[] all = [.. assemblies];
        return [.. Interfaces(all).SelectMany(Lines).Concat(WireTypes(all).SelectMany(Lines)).Order(StringComparer.Ordinal)];
    }

    /// <summary>What may not be: a key of the old contract that means something else now, or a retired one that is used again.</summary>
    public static IEnumerable<string> Breaks(IReadOnlyList<string> old, IReadOnlyList<string> now)
    {
        Dictionary<string, string> before = old.ToDictionary(KeyOf, line => line, StringComparer.Ordinal);
        return now.Where(line => before.TryGetValue(KeyOf(line), out string? was) && was != line).Select(line => $"{before[KeyOf(line)]}  is now  {line}")
            .Concat(now.GroupBy(KeyOf).Where(group => group.Count() > 1).Select(group => $"{group.Key} is used {group.Count()} times"));
    }

    /// <summary>The new contract with every key that went out of use marked as retired.</summary>
    public static string[] Retire(IReadOnlyList<string> old, IReadOnlyList<string> now)
    {
        HashSet<string> used = [.. now.Select(KeyOf)];
        return [.. now.Concat(old.Select(KeyOf).Where(key => !used.Contains(key)).Select(key => key + RetiredMark)).Order(StringComparer.Ordinal)];
    }

    private static string KeyOf(string line) => line[..line.IndexOf(" = ", StringComparison.Ordinal)];

    private static IEnumerable<string> Lines(Type type)
    {
        string alias = AliasOf(type);
        if (type.IsInterface)
        {
            yield return $"{alias} = interface";
            foreach (MethodInfo method in type.GetMethods())
            {
                string parameters = string.Join(", ", method.GetParameters().Select(parameter => NameOf(parameter.ParameterType)));
                yield return $"{alias} / {AliasOf(method)} = ({parameters}) -> {NameOf(method.ReturnType)}";
            }

            yield break;
        }

        yield return $"{alias} = {(type.IsEnum ? "enum " + NameOf(Enum.GetUnderlyingType(type)) : type.IsValueType ? "struct" : "class")}";
        foreach (object value in type.IsEnum ? Enum.GetValues(type) : Array.Empty<object>())
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{alias} # {Convert.ToInt64(value, CultureInfo.InvariantCulture)} = {value}");
        }

        foreach ((uint id, MemberInfo member, Type memberType) in Members(type))
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"{alias} # {id} = {member.Name}: {NameOf(memberType)}");
        }
    }

    private static string AliasOf(MemberInfo member) =>
        member.GetCustomAttribute<AliasAttribute>()?.Alias ?? $"NO ALIAS ({member.Name})";

    private static string NameOf(Type type)
    {
        if (type.IsArray)
        {
            return NameOf(type.GetElementType()!) + "[]";
        }

        if (!type.IsGenericType)
        {
            return type.GetCustomAttribute<AliasAttribute>()?.Alias ?? type.Name;
        }

        string name = type.Name[..type.Name.IndexOf('`', StringComparison.Ordinal)];
        return $"{name}<{string.Join(", ", type.GetGenericArguments().Select(NameOf))}>";
    }
}
