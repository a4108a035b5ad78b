using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Lifetime;

/// <summary>Checks the range of each of <see cref="DrainOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class DrainOptionsValidator : IValidateOptions<DrainOptions>;
