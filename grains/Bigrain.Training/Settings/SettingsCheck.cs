using System.ComponentModel.DataAnnotations;
using System.Reflection;
using Bigrain.Index.Errors;

namespace Bigrain.Training.Settings;

/// <summary>Holds settings to the ranges that their attributes state.</summary>
public static class SettingsCheck
{
    /// <summary>Refuses settings that are out of range, those of the first property that is.</summary>
    /// <param name="settings">The settings.</param>
    /// <exception cref="BigrainException"><see cref="ErrorCode.InvalidArgument"/>; it names the property, its range and its value.</exception>
    public static void Require(object settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        foreach (PropertyInfo property in settings.GetType().GetProperties())
        {
            object? value = property.CanRead ? property.GetValue(settings) : null;
            ValidationAttribute? broken = property.GetCustomAttributes<ValidationAttribute>().FirstOrDefault(rule => !rule.IsValid(value));
            if (broken is not null)
            {
                throw new BigrainException(
                    ErrorCode.InvalidArgument, FormattableString.Invariant($"{property.Name} must be {Wanted(broken)} but is {value}"), property.Name);
            }
        }
    }

    private static string Wanted(ValidationAttribute rule) => rule switch
    {
        RangeAttribute { Maximum: int.MaxValue or double.MaxValue, MinimumIsExclusive: true } range => FormattableString.Invariant($"above {range.Minimum}"),
        RangeAttribute { Maximum: int.MaxValue or double.MaxValue } range => FormattableString.Invariant($"at least {range.Minimum}"),
        RangeAttribute { MinimumIsExclusive: true } range => FormattableString.Invariant($"above {range.Minimum} and at most {range.Maximum}"),
        RangeAttribute range => FormattableString.Invariant($"from {range.Minimum} to {range.Maximum}"),
        AllowedValuesAttribute allowed => string.Join(" or ", allowed.Values),
        _ => rule.FormatErrorMessage("it"),
    };
}
