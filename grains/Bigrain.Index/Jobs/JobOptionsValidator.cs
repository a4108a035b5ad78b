using Microsoft.Extensions.Options;

namespace Bigrain.Index.Jobs;

/// <summary>Checks the ranges of <see cref="JobOptions"/>.</summary>
[OptionsValidator]
public sealed partial class JobOptionsValidator : IValidateOptions<JobOptions>;
