using Microsoft.Extensions.Options;

namespace Bigrain.Grains.Partitions;

/// <summary>Checks the ranges of <see cref="KeeperOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class KeeperOptionsValidator : IValidateOptions<KeeperOptions>;
