using Microsoft.Extensions.Hosting;

namespace Bigrain.Silo.Http;

/// <summary>Whether the silo has started and has not been asked to stop.</summary>
/// <remarks>Purely local: no grain, store or network call, so that a probe can never pile up behind a fault.</remarks>
internal sealed class ReadinessState(IHostApplicationLifetime lifetime)
{
    /// <summary>The silo has joined and serves; stays true while it stops.</summary>
    public bool Started => lifetime.ApplicationStarted.IsCancellationRequested;

    /// <summary>It may be sent requests: started, and not stopping.</summary>
    public bool Ready => Started && !lifetime.ApplicationStopping.IsCancellationRequested;
}
