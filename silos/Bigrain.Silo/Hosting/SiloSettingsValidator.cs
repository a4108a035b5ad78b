using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Hosting;

/// <summary>Checks the range of each of <see cref="SiloSettings"/>.</summary>
[OptionsValidator]
internal sealed partial class SiloSettingsValidator : IValidateOptions<SiloSettings>;
