using Bigrain.Storage.LocalCopies;
using Microsoft.Extensions.Options;

namespace Bigrain.Storage.Registration;

[OptionsValidator]
internal sealed partial class LocalCopyOptionsValidator : IValidateOptions<LocalCopyOptions>;
