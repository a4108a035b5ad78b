using Bigrain.Contracts;
using Bigrain.Grains.Faults;
using Bigrain.Index.Errors;
using Bigrain.Index.Queries;

namespace Bigrain.Grains.Search;

/// <summary>Carries packed requests to the search grain of a silo.</summary>
internal sealed class GrainSearchTransport(IGrainFactory grains) : ISearchTransport
{
    /// <summary>Largest packed message: a larger one would hold up everything else on the connection between two silos.</summary>
    public const int MaxMessageBytes = 4 * 1024 * 1024;

    /// <inheritdoc/>
    public Task<byte[]> SearchAsync(string silo, byte[] request, CancellationToken cancellationToken) =>
        CallAsync(grains.GetGrain<ISearchGrain>(silo).SearchAsync, request, cancellationToken);

    /// <inheritdoc/>
    public Task<byte[]> VerifyAsync(string silo, byte[] request, CancellationToken cancellationToken) =>
        CallAsync(grains.GetGrain<ISearchGrain>(silo).VerifyAsync, request, cancellationToken);

    /// <summary>Refuses a message that Orleans must not see.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.TooLarge"/>.</exception>
    public static byte[] RequireSendable(byte[] message) => message.Length <= MaxMessageBytes
        ? message
        : throw new BigrainException(
            ErrorCode.TooLarge,
            FormattableString.Invariant($"a message of {message.Length} bytes is over {MaxMessageBytes}: ask for fewer hits, or without payloads"),
            "k");

    private static async Task<byte[]> CallAsync(
        Func<PackedBytes, CancellationToken, Task<PackedBytes>> call, byte[] request, CancellationToken cancellationToken)
    {
        try
        {
            return (await call(new PackedBytes(RequireSendable(request)), cancellationToken)).Bytes;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            throw FaultTranslation.FromFault(error);
        }
    }
}
