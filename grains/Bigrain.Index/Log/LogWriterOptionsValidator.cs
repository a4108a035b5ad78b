using Microsoft.Extensions.Options;

namespace Bigrain.Index.Log;

/// <summary>Checks the ranges of <see cref="LogWriterOptions"/>.</summary>
[OptionsValidator]
public sealed partial class LogWriterOptionsValidator : IValidateOptions<LogWriterOptions>;
