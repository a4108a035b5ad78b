using Bigrain.Storage.AzureBlobs;
using Microsoft.Extensions.Options;

namespace Bigrain.Storage.Registration;

[OptionsValidator]
internal sealed partial class AzureBlobOptionsValidator : IValidateOptions<AzureBlobOptions>;
