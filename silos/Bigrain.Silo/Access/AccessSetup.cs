using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Bigrain.Silo.Access;

/// <summary>Registers keys and policies, and marks routes.</summary>
internal static class AccessSetup
{
    /// <summary>Policy of what shows every collection: the role of an admin, over all collections.</summary>
    public const string OperatorPolicy = "bigrain.Operator";

    /// <summary>Registers keys, their scheme and a policy for each role; without keys every policy lets everybody through.</summary>
    public static void ConfigureServices(IServiceCollection services, ApiKeySet keys)
    {
        services.AddSingleton(keys);
        services.AddAuthentication(ApiKeyHandler.Scheme).AddScheme<AuthenticationSchemeOptions, ApiKeyHandler>(ApiKeyHandler.Scheme, null);
        AuthorizationBuilder authorization = services.AddAuthorizationBuilder();
        foreach (AccessRole role in Enum.GetValues<AccessRole>())
        {
            authorization.AddPolicy(RequiredRole.PolicyOf(role), policy => Require(policy, keys, new AccessRequirement(role)));
        }

        authorization.AddPolicy(OperatorPolicy, policy => Require(policy, keys, new AccessRequirement(AccessRole.Admin))
            .RequireAssertion(context => !keys.IsRequired || context.User.Identity is ApiKeyIdentity { Key.Collections: null }));
    }

    /// <summary>Marks routes with the role they need.</summary>
    public static TBuilder Needs<TBuilder>(this TBuilder routes, AccessRole role)
        where TBuilder : IEndpointConventionBuilder =>
        routes.WithMetadata(new RequiredRole(role));

    /// <summary>Whether the sender of a request may know of a collection.</summary>
    public static bool MaySee(HttpContext context, string collection) =>
        context.User.Identity is not ApiKeyIdentity { Key: var key } || key.Allows(collection);

    private static AuthorizationPolicyBuilder Require(AuthorizationPolicyBuilder policy, ApiKeySet keys, AccessRequirement requirement) =>
        keys.IsRequired ? policy.AddRequirements(requirement) : policy.RequireAssertion(static _ => true);
}
