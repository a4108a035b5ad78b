using Microsoft.Extensions.Options;

namespace Bigrain.Grains.Replicas;

/// <summary>Checks the ranges of <see cref="ReplicaOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class ReplicaOptionsValidator : IValidateOptions<ReplicaOptions>;
