namespace Bigrain.Index.Queries;

/// <summary>What all queries of a process share.</summary>
/// <param name="Time">Clock.</param>
/// <param name="Health">What is known of the silos.</param>
/// <param name="Hedges">Pays for hedges.</param>
/// <param name="Instruments">Metrics.</param>
public sealed record QueryParts(TimeProvider Time, SiloHealth Health, HedgeBudget Hedges, QueryInstruments Instruments)
{
    /// <summary>Makes parts that nothing else shares.</summary>
    public static QueryParts Create(TimeProvider time, QueryOptions options, QueryInstruments? instruments = null)
    {
        instruments ??= new QueryInstruments(null);
        return new QueryParts(time, new SiloHealth(options, time, instruments), new HedgeBudget(options), instruments);
    }
}
