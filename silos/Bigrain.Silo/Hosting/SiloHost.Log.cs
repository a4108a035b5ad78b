using Microsoft.Extensions.Logging;

namespace Bigrain.Silo.Hosting;

public sealed partial class SiloHost
{
    [LoggerMessage(EventId = 4001, Level = LogLevel.Information,
        Message = "silo {Name} serves {Address}; memory budget {MemoryBytes} bytes; data in {Data}")]
    private static partial void LogStarted(ILogger logger, string name, string address, long memoryBytes, string data);
}
