using Bigrain.Api.Queries;

namespace Bigrain.EndToEnd.Loads;

/// <summary>Knows the right answers to a fixed list of queries.</summary>
internal interface IExpectation
{
    string Collection { get; }

    int QueryCount { get; }

    QueryRequest Query(int index);

    /// <summary>Compares an answer.</summary>
    /// <returns>What is wrong with it; null when it is right, or right as far as it says it goes.</returns>
    string? FaultOf(int index, QueryReply reply);
}
