using Bigrain.Training.Numerics;

namespace Bigrain.Training.Locality;

/// <summary>The queries that an epoch has not visited: drawn and removed in constant time, in an order of its own.</summary>
internal sealed class UnvisitedQueries
{
    private readonly int[] _queries;
    private readonly int[] _places;

    public UnvisitedQueries(int count)
    {
        _queries = [.. Enumerable.Range(0, count)];
        _places = [.. _queries];
        Count = count;
    }

    public int Count { get; private set; }

    public bool Contains(int query) => _places[query] < Count;

    public int Draw(SeededRandom random) => _queries[random.Next(Count)];

    /// <summary>Removes a query by changing places with the last one.</summary>
    public void Remove(int query)
    {
        var place = _places[query];
        if (place >= Count)
        {
            return;
        }

        Count--;
        var last = _queries[Count];
        (_queries[place], _queries[Count]) = (last, query);
        (_places[last], _places[query]) = (place, Count);
    }
}
