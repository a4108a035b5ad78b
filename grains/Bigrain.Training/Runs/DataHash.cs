using System.IO.Hashing;
using System.Runtime.InteropServices;
using Bigrain.Training.Data;

namespace Bigrain.Training.Runs;

/// <summary>Names a training set by what is in it.</summary>
public static class DataHash
{
    /// <summary>XxHash128 over vectors, judgements and split.</summary>
    public static string Of(TrainingSet set)
    {
        ArgumentNullException.ThrowIfNull(set);
        var hash = new XxHash128();
        Add(hash, [set.Documents.Rows, set.Queries.Rows, set.Dimension, (int)set.Metric]);
        hash.Append(MemoryMarshal.AsBytes(set.Documents.Values.AsSpan()));
        hash.Append(MemoryMarshal.AsBytes(set.Queries.Values.AsSpan()));
        for (int query = 0; query < set.Relevant.QueryCount; query++)
        {
            ReadOnlySpan<int> rows = set.Relevant.Of(query);
            Add(hash, [rows.Length]);
            Add(hash, rows);
        }

        foreach (int[] part in new[] { set.Split.Training, set.Split.Validation, set.Split.Test })
        {
            Add(hash, [part.Length]);
            Add(hash, part);
        }

        return Convert.ToHexStringLower(hash.GetCurrentHash());
    }

    private static void Add(XxHash128 hash, ReadOnlySpan<int> values) => hash.Append(MemoryMarshal.AsBytes(values));
}
