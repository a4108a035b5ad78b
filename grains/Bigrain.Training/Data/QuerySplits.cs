using Bigrain.Index.Errors;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Data;

/// <summary>Splits queries by chance.</summary>
public static class QuerySplits
{
    /// <summary>Draws a split of given sizes.</summary>
    /// <param name="queries">Rows of the queries to split.</param>
    /// <param name="training">How many train.</param>
    /// <param name="validation">How many validate.</param>
    /// <param name="test">How many test.</param>
    /// <param name="random">Source of chance.</param>
    /// <exception cref="BigrainException">There are fewer queries than that.</exception>
    public static QuerySplit Draw(IReadOnlyList<int> queries, int training, int validation, int test, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(queries);
        ArgumentNullException.ThrowIfNull(random);
        if (queries.Count < training + validation + test)
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                $"{queries.Count} queries with judgements are fewer than {training} to train, {validation} to validate and {test} to test; ask for fewer",
                "queries");
        }

        int[] order = [.. queries];
        random.Shuffle(order.AsSpan());
        return new QuerySplit(
            [.. order[..training].Order()],
            [.. order[training..(training + validation)].Order()],
            [.. order[(training + validation)..(training + validation + test)].Order()]);
    }

    /// <summary>Draws a split by shares; what is left tests.</summary>
    /// <param name="queries">Rows of the queries to split.</param>
    /// <param name="training">Share that trains.</param>
    /// <param name="validation">Share that validates.</param>
    /// <param name="random">Source of chance.</param>
    public static QuerySplit Draw(IReadOnlyList<int> queries, double training, double validation, SeededRandom random)
    {
        ArgumentNullException.ThrowIfNull(queries);
        int train = (int)Math.Round(queries.Count * training);
        int validate = Math.Min(queries.Count - train, (int)Math.Round(queries.Count * validation));
        return Draw(queries, train, validate, queries.Count - train - validate, random);
    }
}
