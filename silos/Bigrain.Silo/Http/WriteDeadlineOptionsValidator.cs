using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Http;

/// <summary>Checks the ranges of <see cref="WriteDeadlineOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class WriteDeadlineOptionsValidator : IValidateOptions<WriteDeadlineOptions>;
