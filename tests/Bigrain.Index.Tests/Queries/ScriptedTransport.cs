using System.Text;
using Bigrain.Index.Queries;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Queries;

/// <summary>Silos that all hold the same documents, <c>p{partition}-{i}</c> at distance <c>10 i + partition</c>, and behave as a test says.</summary>
internal sealed class ScriptedTransport(VirtualTime time) : ISearchTransport
{
    public const int DocumentsPerPartition = 2;

    private readonly Dictionary<string, ScriptedSilo> _silos = new(StringComparer.Ordinal);
    private readonly Dictionary<long, (string Silo, int[] Partitions)> _tickets = [];

    /// <summary>What was called, as <c>search a 0,1</c> or <c>verify a 0,1</c>, in order.</summary>
    public List<string> Calls { get; } = [];

    /// <summary>Calls whose token fired before they answered.</summary>
    public List<string> Cancelled { get; } = [];

    public TimeSpan LastBudget { get; private set; }

    public ScriptedSilo this[string silo] => _silos.TryGetValue(silo, out ScriptedSilo? known) ? known : _silos[silo] = new ScriptedSilo();

    public async Task<byte[]> SearchAsync(string silo, byte[] request, CancellationToken cancellationToken)
    {
        SearchRequest search = SearchRequest.Decode(request);
        LastBudget = search.Budget;
        string call = $"search {silo} {string.Join(',', search.Partitions)}";
        await BehaveAsync(call, this[silo].Search, cancellationToken);
        PartitionAnswer[] answers = Array.ConvertAll(search.Partitions, this[silo].AnswerOf);
        int[] searched = [.. search.Partitions.Where((_, i) => answers[i] is PartitionAnswer.Answered or PartitionAnswer.Behind)];
        long ticket = _tickets.Count + 1;
        _tickets[ticket] = (silo, searched);
        return new SearchReply
        {
            Ticket = ticket,
            Answers = answers,
            Candidates = [.. searched.SelectMany((partition, source) => Enumerable.Range(0, DocumentsPerPartition)
                .Select(i => new SearchCandidate(source, i, DistanceOf(partition, i), 100f)))],
            Cost = default,
        }.Encode();
    }

    public async Task<byte[]> VerifyAsync(string silo, byte[] request, CancellationToken cancellationToken)
    {
        VerifyRequest verify = VerifyRequest.Decode(request);
        (string owner, int[] partitions) = _tickets[verify.Ticket];
        Assert.Equal(owner, silo);
        Assert.True(verify.Budget > TimeSpan.Zero, "the budget travels with the call");
        await BehaveAsync($"verify {silo} {string.Join(',', partitions)}", this[silo].Verify, cancellationToken);
        return new VerifyReply
        {
            Hits = [.. verify.Candidates.Select(candidate => new QueryHit(
                Encoding.UTF8.GetBytes($"p{partitions[candidate.Source]}-{candidate.Slot}"), candidate.Estimate, true, default, false))],
            CorruptPartitions = [],
            Cost = default,
        }.Encode();
    }

    /// <summary>Ids that a whole answer over so many partitions has, in order.</summary>
    public static string[] IdsOf(params int[] partitions) =>
        [.. Enumerable.Range(0, DocumentsPerPartition).SelectMany(i => partitions.Order().Select(partition => $"p{partition}-{i}"))];

    private static float DistanceOf(int partition, int i) => (10 * i) + partition;

    private async Task BehaveAsync(string call, Queue<Behaviour> script, CancellationToken cancellationToken)
    {
        Calls.Add(call);
        Behaviour behaviour = script.Count > 1 ? script.Dequeue() : script.Peek();
        try
        {
            await Task.Delay(behaviour.After, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Cancelled.Add(call);
            throw;
        }

        if (behaviour.Failure is { } failure)
        {
            throw failure;
        }
    }
}
