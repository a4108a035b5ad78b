using System.CommandLine;

namespace Bigrain.Cli.Tooling;

/// <summary>Makes verbs whose action gets an <see cref="Invocation"/>.</summary>
internal sealed class VerbFactory
{
    private readonly CommonOptions _common;

    /// <summary>Makes a factory.</summary>
    public VerbFactory(ToolContext context, CommonOptions common)
    {
        Context = context;
        _common = common;
    }

    /// <summary>The world around.</summary>
    public ToolContext Context { get; }

    /// <summary>Makes a verb.</summary>
    /// <param name="name">Name.</param>
    /// <param name="help">What it does.</param>
    /// <param name="symbols">Its arguments and options.</param>
    /// <param name="action">What it does; returns an exit code.</param>
    public Command Make(string name, string help, Symbol[] symbols, Func<Invocation, Task<int>> action)
    {
        Command command = new(name, help);
        foreach (Symbol symbol in symbols)
        {
            if (symbol is Argument argument)
            {
                command.Add(argument);
            }
            else
            {
                command.Add((Option)symbol);
            }
        }

        command.SetAction((result, token) => action(new Invocation(Context, _common, result, token)));
        return command;
    }

    /// <summary>The collection that a verb is about.</summary>
    public static Argument<string> Collection() => new("COLLECTION") { Description = "name of the collection" };
}
