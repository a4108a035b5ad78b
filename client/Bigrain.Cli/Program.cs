using System.Runtime.InteropServices;
using Bigrain.Cli.Tooling;

namespace Bigrain.Cli;

/// <summary>Entry of the tool.</summary>
internal static class Program
{
    private static async Task<int> Main(string[] arguments)
    {
        using CancellationTokenSource stop = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        return await Tool.RunAsync(arguments, ToolContext.OfProcess(), stop.Token);

        void Stop(PosixSignalContext signal)
        {
            // The first signal asks; a second one finds the default and ends the process.
            signal.Cancel = !stop.IsCancellationRequested;
            stop.Cancel();
        }
    }
}
