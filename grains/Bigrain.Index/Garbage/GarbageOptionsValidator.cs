using Microsoft.Extensions.Options;

namespace Bigrain.Index.Garbage;

/// <summary>Checks the ranges of <see cref="GarbageOptions"/>.</summary>
[OptionsValidator]
public sealed partial class GarbageOptionsValidator : IValidateOptions<GarbageOptions>;
