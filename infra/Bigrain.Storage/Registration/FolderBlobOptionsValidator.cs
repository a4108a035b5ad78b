using Bigrain.Storage.LocalFolder;
using Microsoft.Extensions.Options;

namespace Bigrain.Storage.Registration;

[OptionsValidator]
internal sealed partial class FolderBlobOptionsValidator : IValidateOptions<FolderBlobOptions>;
