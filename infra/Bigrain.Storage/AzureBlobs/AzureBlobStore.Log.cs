using Microsoft.Extensions.Logging;

namespace Bigrain.Storage.AzureBlobs;

public sealed partial class AzureBlobStore
{
    [LoggerMessage(EventId = 2101, Level = LogLevel.Information, Message = "using container {Container} of account {Account}")]
    private static partial void LogContainer(ILogger logger, string container, string account);

    [LoggerMessage(EventId = 2102, Level = LogLevel.Information, Message = "{Operation} of {BlobName} failed but had happened")]
    private static partial void LogHadHappened(ILogger logger, string operation, string blobName);
}
