using Bigrain.Storage.BlockCache;
using Microsoft.Extensions.Options;

namespace Bigrain.Storage.Registration;

[OptionsValidator]
internal sealed partial class BlockCacheOptionsValidator : IValidateOptions<BlockCacheOptions>;
