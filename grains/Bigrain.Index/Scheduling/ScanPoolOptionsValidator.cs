using Microsoft.Extensions.Options;

namespace Bigrain.Index.Scheduling;

/// <summary>Checks the ranges of <see cref="ScanPoolOptions"/>.</summary>
[OptionsValidator]
public sealed partial class ScanPoolOptionsValidator : IValidateOptions<ScanPoolOptions>;
