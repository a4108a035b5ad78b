using System.Security.Claims;
using System.Text;
using System.Text.Encodings.Web;
using Bigrain.Api.Problems;
using Bigrain.Silo.Problems;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Bigrain.Silo.Access;

/// <summary>Reads the key of a request: <c>Authorization: Bearer KEY</c>, or on the dashboard, for browsers, Basic with the key as password.</summary>
/// <remarks>Basic works nowhere else: a browser sends it along with requests that other sites make.</remarks>
internal sealed class ApiKeyHandler(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory loggers, UrlEncoder encoder, ApiKeySet keys)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, loggers, encoder)
{
    /// <summary>Name of the scheme.</summary>
    public new const string Scheme = "ApiKey";

    private const string BearerPrefix = "Bearer ";
    private const string BasicPrefix = "Basic ";

    private bool IsForBrowsers => Request.Path.StartsWithSegments(DashboardPath.Value, StringComparison.OrdinalIgnoreCase);

    /// <inheritdoc/>
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (!keys.IsRequired || ShownKey() is not { } shown)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        AuthenticateResult result = keys.Find(shown) is { } key
            ? AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(new ApiKeyIdentity(key)), Scheme))
            : AuthenticateResult.Fail("the key is not known");
        return Task.FromResult(result);
    }

    /// <inheritdoc/>
    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = IsForBrowsers ? "Basic realm=\"bigrain\", charset=\"UTF-8\"" : "Bearer realm=\"bigrain\"";
        return RefuseAsync(
            StatusCodes.Status401Unauthorized,
            ProblemTypes.Unauthenticated,
            "a key is needed",
            Request.Headers.Authorization.Count == 0
                ? "send a key: authorization: Bearer KEY (--api-key or BIGRAIN_API_KEY in the tool)"
                : "the key is not known to this server: check --api-key or BIGRAIN_API_KEY");
    }

    /// <inheritdoc/>
    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => RefuseAsync(
        StatusCodes.Status403Forbidden,
        ProblemTypes.Forbidden,
        "the key may not do this",
        $"the key '{(Context.User.Identity as ApiKeyIdentity)?.Key.Name}' may not {Request.Method} {Request.Path}: its role or its collections do not cover it; ask for a key that may");

    private string? ShownKey()
    {
        string? header = Request.Headers.Authorization;
        if (header is null)
        {
            return null;
        }

        if (header.StartsWith(BearerPrefix, StringComparison.OrdinalIgnoreCase))
        {
            return header[BearerPrefix.Length..].Trim();
        }

        return IsForBrowsers && header.StartsWith(BasicPrefix, StringComparison.OrdinalIgnoreCase)
            ? PasswordOf(header[BasicPrefix.Length..].Trim())
            : null;
    }

    private static string? PasswordOf(string credentials)
    {
        byte[] bytes = new byte[credentials.Length];
        if (!Convert.TryFromBase64String(credentials, bytes, out int length))
        {
            return null;
        }

        string text = Encoding.UTF8.GetString(bytes, 0, length);
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? null : text[(colon + 1)..];
    }

    private Task RefuseAsync(int status, string type, string title, string detail) => ProblemResponses.WriteAsync(
        Context,
        new ApiProblem { Type = type, Title = title, Status = status, Detail = detail, TraceId = ProblemResponses.TraceIdOf(Context) });
}
