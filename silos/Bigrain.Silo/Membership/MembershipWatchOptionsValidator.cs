using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Membership;

/// <summary>Checks the range of each of <see cref="MembershipWatchOptions"/>.</summary>
[OptionsValidator]
internal sealed partial class MembershipWatchOptionsValidator : IValidateOptions<MembershipWatchOptions>;
