using System.CommandLine;
using System.CommandLine.Parsing;

namespace Bigrain.Cli.Tooling;

/// <summary>Builds options that read an environment variable when they are not given.</summary>
internal static class Flag
{
    /// <summary>An option with a value when it is not given.</summary>
    /// <param name="context">Where variables are read.</param>
    /// <param name="name">Name with its dashes.</param>
    /// <param name="help">What it does.</param>
    /// <param name="read">Reads the value; throws <see cref="FormatException"/>.</param>
    /// <param name="fallback">Value when neither flag nor variable is given.</param>
    /// <param name="variable">Environment variable; null for none.</param>
    public static Option<T> Optional<T>(
        ToolContext context, string name, string help, Func<string, T> read, T fallback, string? variable = null) =>
        new(name)
        {
            Description = variable is null ? help : $"{help} [{variable}]",
            CustomParser = result => Read(name, result, result.Tokens.Count == 0 ? "true" : result.Tokens[^1].Value, read),
            DefaultValueFactory = result => variable is not null && context.Variable(variable) is { Length: > 0 } text
                ? Read(variable, result, text, read)
                : fallback,
        };

    /// <summary>An option that must be given.</summary>
    public static Option<T> Required<T>(string name, string help, Func<string, T> read) => new(name)
    {
        Description = help,
        Required = true,
        CustomParser = result => Read(name, result, result.Tokens[^1].Value, read),
    };

    /// <summary>An option with one value or several; none when it is not given.</summary>
    public static Option<T[]> Many<T>(string name, string help, Func<string, T> read) => new(name)
    {
        Description = help,
        AllowMultipleArgumentsPerToken = true,
        Arity = ArgumentArity.OneOrMore,
        CustomParser = result => [.. result.Tokens.Select(token => Read(name, result, token.Value, read))],
    };

    /// <summary>An option that is there or not.</summary>
    public static Option<bool> Switch(ToolContext context, string name, string help, string? variable = null)
    {
        Option<bool> option = Optional(context, name, help, Values.Bool, fallback: false, variable);
        option.Arity = ArgumentArity.ZeroOrOne;
        return option;
    }

    private static T Read<T>(string name, ArgumentResult result, string text, Func<string, T> read)
    {
        try
        {
            return read(text);
        }
        catch (FormatException e)
        {
            result.AddError($"{name}: {e.Message}");
            return default!;
        }
    }
}
