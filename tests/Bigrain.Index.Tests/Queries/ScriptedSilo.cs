using Bigrain.Index.Queries;

namespace Bigrain.Index.Tests.Queries;

/// <summary>One silo of a <see cref="ScriptedTransport"/>; the last behaviour of each script stays.</summary>
internal sealed class ScriptedSilo
{
    private readonly Dictionary<int, PartitionAnswer> _answers = [];

    public Queue<Behaviour> Search { get; } = new([Behaviour.Prompt]);

    public Queue<Behaviour> Verify { get; } = new([Behaviour.Prompt]);

    public ScriptedSilo OnSearch(params Behaviour[] script) => Set(Search, script);

    public ScriptedSilo OnVerify(params Behaviour[] script) => Set(Verify, script);

    /// <summary>Says what comes of a partition.</summary>
    public ScriptedSilo With(int partition, PartitionAnswer answer)
    {
        _answers[partition] = answer;
        return this;
    }

    public PartitionAnswer AnswerOf(int partition) => _answers.GetValueOrDefault(partition);

    private ScriptedSilo Set(Queue<Behaviour> script, Behaviour[] behaviours)
    {
        script.Clear();
        Array.ForEach(behaviours, script.Enqueue);
        return this;
    }
}

/// <summary>What comes of one call.</summary>
/// <param name="After">When.</param>
/// <param name="Failure">What is thrown then; null answers.</param>
internal sealed record Behaviour(TimeSpan After, Exception? Failure = null)
{
    public static readonly Behaviour Prompt = new(TimeSpan.FromMilliseconds(1));

    public static readonly Behaviour Silent = new(Timeout.InfiniteTimeSpan);

    public static Behaviour Late(int milliseconds) => new(TimeSpan.FromMilliseconds(milliseconds));

    public static Behaviour Throws(Exception failure) => new(TimeSpan.FromMilliseconds(1), failure);
}
