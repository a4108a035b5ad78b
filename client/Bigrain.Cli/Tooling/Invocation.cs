using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Bigrain.Cli.Reports;
using Bigrain.Client;
using Spectre.Console;

namespace Bigrain.Cli.Tooling;

/// <summary>One run of one verb: its flags, its outputs, its server.</summary>
internal sealed class Invocation
{
    private static readonly TimeSpan DefaultTimeout = TimeSpan.FromSeconds(30);

    private readonly CommonOptions _common;
    private readonly ParseResult _result;

    /// <summary>Makes a run.</summary>
    public Invocation(ToolContext context, CommonOptions common, ParseResult result, CancellationToken cancellationToken)
    {
        Context = context;
        _common = common;
        _result = result;
        CancellationToken = cancellationToken;
        IsJson = result.GetValue(common.Output) == "json";
    }

    /// <summary>The world around.</summary>
    public ToolContext Context { get; }

    /// <summary>Fires when the user wants to stop.</summary>
    public CancellationToken CancellationToken { get; }

    /// <summary>Whether the result is printed as JSON.</summary>
    public bool IsJson { get; }

    /// <summary>Value of an option.</summary>
    public T Get<T>(Option<T> option) => _result.GetValue(option)!;

    /// <summary>Value of an argument.</summary>
    public T Get<T>(Argument<T> argument) => _result.GetValue(argument)!;

    /// <summary>Whether an option was given on the command line.</summary>
    public bool IsGiven(Option option) => _result.GetResult(option) is { Implicit: false };

    /// <summary>Makes a client for the servers of the command line.</summary>
    public BigrainClient OpenClient(TimeSpan? timeout = null, int maxRetries = 6)
    {
        BigrainClientOptions options = new()
        {
            Endpoints = Get(_common.Endpoint),
            ApiKey = Get(_common.ApiKey),
            Timeout = timeout ?? DefaultTimeout,
            MaxRetries = maxRetries,
            Clock = Context.Clock,
        };
        return Context.Handler is { } handler ? new BigrainClient(handler(), options) : new BigrainClient(options);
    }

    /// <summary>Prints the result as one line of JSON.</summary>
    public void PrintJson<T>(T value, JsonTypeInfo<T> type) => Context.Out.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Prints a line for people.</summary>
    public void Print(string line) => Context.Out.WriteLine(line);

    /// <summary>Prints that something was deleted.</summary>
    /// <param name="name">Its name.</param>
    public void PrintDeleted(string name)
    {
        if (IsJson)
        {
            PrintJson(new DeletedReport(name), ToolJson.Default.DeletedReport);
        }
        else
        {
            Print($"deleted {name}");
        }
    }

    /// <summary>Prints a line beside the result.</summary>
    public void Note(string line) => Context.Error.WriteLine(line);

    /// <summary>Prints a table; the first column of each row is text, the rest stands right.</summary>
    public void PrintTable(string[] columns, IEnumerable<string[]> rows)
    {
        Table table = new() { Border = TableBorder.Simple };
        for (int i = 0; i < columns.Length; i++)
        {
            TableColumn column = new(Markup.Escape(columns[i]));
            table.AddColumn(i == 0 ? column : column.RightAligned());
        }

        foreach (string[] row in rows)
        {
            table.AddRow([.. row.Select(static cell => new Text(cell))]);
        }

        ConsoleOver(Context.Out, Context.OutIsTerminal).Write(table);
    }

    /// <summary>Does something long, with a bar where a person watches.</summary>
    /// <param name="label">What is done.</param>
    /// <param name="work">The work; told where to report its share done.</param>
    public async Task<T> WithProgressAsync<T>(string label, Func<IProgress<Share>, Task<T>> work)
    {
        if (!Context.ErrorIsTerminal || IsJson)
        {
            return await work(new Silent());
        }

        return await ConsoleOver(Context.Error, isTerminal: true)
            .Progress()
            .AutoClear(true)
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RemainingTimeColumn(), new SpinnerColumn())
            .StartAsync(progress => work(new Bar(progress.AddTask(Markup.Escape(label)))));
    }

    private static IAnsiConsole ConsoleOver(TextWriter writer, bool isTerminal)
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = isTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = isTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
        });
        if (!isTerminal)
        {
            console.Profile.Width = 200;
        }

        return console;
    }

    private sealed class Silent : IProgress<Share>
    {
        public void Report(Share value)
        {
        }
    }

    private sealed class Bar(ProgressTask task) : IProgress<Share>
    {
        public void Report(Share value)
        {
            if (value.Label is not null)
            {
                task.Description = Markup.Escape(value.Label);
            }

            task.IsIndeterminate = value.Total is null;
            task.MaxValue = value.Total ?? double.MaxValue;
            task.Value = value.Done;
        }
    }
}
