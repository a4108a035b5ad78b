using Bigrain.Index.Errors;
using Bigrain.Silo.Access;
using Bigrain.Silo.Membership;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Http;

/// <summary>Refuses what changes something on a silo that lost its membership: a newer cluster may be writing by now.</summary>
/// <remarks>The epochs would fence this silo anyway; refusing at the door keeps two clusters from taking the streams from each other in turns.</remarks>
internal sealed class WriteGate(RequestDelegate next, MembershipState membership)
{
    /// <summary>Runs the rest of the pipeline, or refuses.</summary>
    public Task InvokeAsync(HttpContext context)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<RequiredRole>() is { Role: >= AccessRole.Writer })
        {
            Check(membership);
        }

        return next(context);
    }

    /// <summary>Refuses a write on a silo that lost its membership; for writes that come in the middle of a request.</summary>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Unavailable"/>.</exception>
    public static void Check(MembershipState membership)
    {
        if (membership.LostReason is { } reason)
        {
            throw new BigrainException(
                ErrorCode.Unavailable,
                $"this silo lost its membership ({reason}) and takes no writes: send the same request to another silo, or again in a minute");
        }
    }
}
