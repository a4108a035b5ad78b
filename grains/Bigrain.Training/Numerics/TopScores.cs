namespace Bigrain.Training.Numerics;

/// <summary>Keeps the rows of the largest scores; of equal scores those of smaller row numbers.</summary>
/// <remarks>Collects up to twice as many as wanted and then drops the worse half, so a row that is not among the best costs one
/// comparison. NaN is never kept. Not synchronised; usable again after each <see cref="Take"/>.</remarks>
public sealed class TopScores
{
    private readonly int _wanted;
    private readonly ulong[] _keys;
    private int _count;
    private ulong _smallest;

    /// <summary>Starts empty.</summary>
    /// <param name="wanted">How many rows to keep, at least 1.</param>
    public TopScores(int wanted)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(wanted, 1);
        _wanted = wanted;
        _keys = new ulong[Math.Max(64, 2 * wanted)];
    }

    /// <summary>Offers rows that follow one another.</summary>
    /// <param name="scores">Their scores.</param>
    /// <param name="firstRow">Number of the first row.</param>
    public void AddRange(ReadOnlySpan<float> scores, int firstRow)
    {
        var limit = Limit();
        for (var i = 0; i < scores.Length; i++)
        {
            if (scores[i] >= limit)
            {
                Add(scores[i], firstRow + i);
                limit = Limit();
            }
        }
    }

    /// <summary>Offers one row.</summary>
    /// <param name="score">Its score.</param>
    /// <param name="row">Its number.</param>
    public void Add(float score, int row)
    {
        if (float.IsNaN(score))
        {
            return;
        }

        var key = KeyOf(score, row);
        if (key <= _smallest)
        {
            return;
        }

        if (_count == _keys.Length)
        {
            Compact();
            if (key <= _smallest)
            {
                return;
            }
        }

        _keys[_count++] = key;
    }

    /// <summary>Hands the best rows out and starts anew.</summary>
    public ScoredRows Take()
    {
        Compact();
        var result = new ScoredRows(new int[_count], new float[_count]);
        for (var i = 0; i < _count; i++)
        {
            result.Rows[i] = (int)~(uint)_keys[i];
            result.Scores[i] = ScoreOf(_keys[i]);
        }

        (_count, _smallest) = (0, 0);
        return result;
    }

    /// <summary>A key that is larger for a larger score, then for a smaller row. No key is 0.</summary>
    private static ulong KeyOf(float score, int row)
    {
        // Adding zero makes one zero of the two.
        var bits = BitConverter.SingleToUInt32Bits(score + 0f);
        var ordered = (bits & 0x8000_0000) != 0 ? ~bits : bits | 0x8000_0000;
        return ((ulong)ordered << 32) | ~(uint)row;
    }

    private static float ScoreOf(ulong key)
    {
        var ordered = (uint)(key >> 32);
        return BitConverter.UInt32BitsToSingle((ordered & 0x8000_0000) != 0 ? ordered & 0x7FFF_FFFF : ~ordered);
    }

    private float Limit() => _smallest == 0 ? float.NegativeInfinity : ScoreOf(_smallest);

    private void Compact()
    {
        var keys = _keys.AsSpan(0, _count);
        keys.Sort();
        keys.Reverse();
        if (_count >= _wanted)
        {
            _count = _wanted;
            _smallest = _keys[_wanted - 1];
        }
    }
}
