using System.Globalization;
using System.Text.RegularExpressions;
using Bigrain.Index.Errors;
using Bigrain.Index.Randomness;

namespace Bigrain.Index.Jobs;

/// <summary>Ids of jobs: <c>[a-z0-9][a-z0-9_.-]{0,127}</c>.</summary>
public static partial class JobIds
{
    /// <summary>Draws an id that nobody else has.</summary>
    public static string Create(string kind, IRandomSource random)
    {
        ArgumentNullException.ThrowIfNull(kind);
        ArgumentNullException.ThrowIfNull(random);
        return string.Create(CultureInfo.InvariantCulture, $"{kind.ToLowerInvariant()}-{random.NextUInt64():x16}");
    }

    /// <summary>Whether a text can be the id of a job.</summary>
    public static bool IsValid(string? id) => id is not null && Pattern().IsMatch(id);

    /// <summary>The error for a job that does not exist, or not for the one who asks.</summary>
    public static BigrainException Unknown() =>
        new(ErrorCode.NotFound, "there is no such job: 'bigrain jobs list' shows those there are", "id");

    /// <summary>Refuses a text that cannot be an id.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>.</exception>
    public static void Validate(string? id)
    {
        if (!IsValid(id))
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                "a job's id is 1 to 128 of a-z, 0-9, '_', '.' and '-', starting with a letter or digit",
                "id");
        }
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_.-]{0,127}\z")]
    private static partial Regex Pattern();
}
