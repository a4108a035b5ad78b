using Bigrain.Contracts.Faults;
using Microsoft.Extensions.Logging;

namespace Bigrain.Grains.Faults;

/// <summary>Translates whatever a Bigrain grain throws into the one wire error, once for all grains.</summary>
internal sealed partial class FaultCallFilter(ILogger<FaultCallFilter> logger) : IIncomingGrainCallFilter
{
    /// <inheritdoc/>
    public async Task Invoke(IIncomingGrainCallContext context)
    {
        try
        {
            await context.Invoke();
        }
        catch (Exception error) when (Translates(context, error))
        {
            FaultException fault = FaultTranslation.ToFault(error);
            if (fault.Code is FaultCode.Internal)
            {
                LogUnexpected(logger, error, context.InterfaceName, context.MethodName);
            }

            throw fault;
        }
    }

    private static bool Translates(IIncomingGrainCallContext context, Exception error) =>
        error is not (FaultException or OperationCanceledException)
        && context.Grain.GetType().Assembly == typeof(FaultCallFilter).Assembly;
}
