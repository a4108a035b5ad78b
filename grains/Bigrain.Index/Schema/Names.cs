using System.Text.RegularExpressions;
using Bigrain.Index.Errors;

namespace Bigrain.Index.Schema;

/// <summary>The one rule for names of collections, aliases, representations and fields.</summary>
public static partial class Names
{
    /// <summary>Checks a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="field">Wire name of the field that carries it.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>: the name breaks the rule.</exception>
    public static void Validate(string? name, string field)
    {
        if (name is null || !Pattern().IsMatch(name))
        {
            throw new BigrainException(
                ErrorCode.InvalidArgument,
                $"name '{name}' is not allowed: use 1 to 63 of a-z, 0-9, '_' and '-', starting with a letter or digit",
                field);
        }
    }

    [GeneratedRegex(@"\A[a-z0-9][a-z0-9_-]{0,62}\z")]
    private static partial Regex Pattern();
}
