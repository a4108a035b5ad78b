using System.Collections.Concurrent;
using Bigrain.Index.Randomness;

namespace Bigrain.Grains.Search;

/// <summary>The cancellation of the queries that this silo has passed to a coordinator.</summary>
/// <remarks>Orleans sends the cancellation of a call to any activation of a stateless worker, not to the one that runs it
/// (dotnet/orleans#9877), so that a dropped query would be searched to its end. Coordinators run on the silo that calls them: they
/// find the caller's token here. Thread safe.</remarks>
public sealed class RunningQueries(IRandomSource random)
{
    private readonly ConcurrentDictionary<long, CancellationToken> _tokens = [];

    /// <summary>Makes a caller's cancellation known until <see cref="End"/>.</summary>
    /// <returns>Number that travels with the query; no other silo knows it.</returns>
    public long Begin(CancellationToken cancellationToken)
    {
        long number;
        do
        {
            number = (long)random.NextUInt64();
        }
        while (number == 0 || !_tokens.TryAdd(number, cancellationToken));
        return number;
    }

    /// <summary>Forgets a query that has ended.</summary>
    public void End(long number) => _tokens.TryRemove(number, out _);

    /// <summary>The token of a query; one that never fires where the number is not known.</summary>
    internal CancellationToken TokenOf(long number) => _tokens.GetValueOrDefault(number);
}
