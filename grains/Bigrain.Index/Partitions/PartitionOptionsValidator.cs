using Microsoft.Extensions.Options;

namespace Bigrain.Index.Partitions;

/// <summary>Checks the ranges of <see cref="PartitionOptions"/>.</summary>
[OptionsValidator]
public sealed partial class PartitionOptionsValidator : IValidateOptions<PartitionOptions>;
