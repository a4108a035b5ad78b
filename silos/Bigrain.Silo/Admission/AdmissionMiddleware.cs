using Bigrain.Index.Errors;
using Bigrain.Silo.Http;
using Bigrain.Silo.Problems;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Admission;

/// <summary>Lets requests in one by one, before their bodies are read; those that find no room are refused at once.</summary>
internal sealed class AdmissionMiddleware(
    RequestDelegate next, AdmissionGate gate, IOptions<AdmissionOptions> options, AdmissionInstruments instruments, TimeProvider time)
{
    /// <summary>Runs the rest of the pipeline when it is the request's turn.</summary>
    public async Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<Admitted>() is not { } kind)
        {
            await next(context);
            return;
        }

        long arrived = time.GetTimestamp();
        using AdmissionLease? lease = await EnterAsync(context, kind);
        TimeSpan waited = time.GetElapsedTime(arrived);
        if (lease is null)
        {
            instruments.AddRejected(kind.Kind, waited);
            await ProblemResponses.WriteAsync(context, new BigrainException(
                ErrorCode.Overloaded, "the server has as much to do as it takes on: back off, then retry")
            {
                RetryAfter = options.Value.RetryAfter,
            });
            return;
        }

        instruments.AddAdmitted(kind.Kind, waited);
        try
        {
            await next(context);
        }
        finally
        {
            gate.OnDone(kind, time.GetElapsedTime(arrived) - waited);
        }
    }

    private async ValueTask<AdmissionLease?> EnterAsync(HttpContext context, Admitted kind)
    {
        ValueTask<AdmissionLease?> entering;
        using var patience = new CancellationTokenSource();
        using (context.RequestAborted.UnsafeRegister(static state => ((CancellationTokenSource)state!).Cancel(), patience))
        {
            entering = gate.TryEnterAsync(kind, context.Request.ContentLength, PatienceOf(context), patience.Token);
            if (entering.IsCompleted)
            {
                return await entering;
            }

            using ITimer timer = time.CreateTimer(
                static state => ((CancellationTokenSource)state!).Cancel(), patience, PatienceOf(context), Timeout.InfiniteTimeSpan);
            try
            {
                return await entering;
            }
            catch (OperationCanceledException) when (!context.RequestAborted.IsCancellationRequested)
            {
                // By the time its turn came nobody would wait for the answer.
                return null;
            }
        }
    }

    private TimeSpan PatienceOf(HttpContext context) =>
        RequestTimeout.Of(context) / 2 is { } half && half < options.Value.QueueWait ? half : options.Value.QueueWait;
}
