using Bigrain.Storage.Retries;
using Microsoft.Extensions.Options;

namespace Bigrain.Storage.Registration;

[OptionsValidator]
internal sealed partial class RetryOptionsValidator : IValidateOptions<RetryOptions>;
