using System.Globalization;
using Bigrain.Api;
using Microsoft.AspNetCore.Http;

namespace Bigrain.Silo.Http;

/// <summary>How long a sender says it waits.</summary>
internal static class RequestTimeout
{
    /// <summary>The time from <see cref="ApiHeaders.TimeoutMilliseconds"/>; null when it is not said.</summary>
    public static TimeSpan? Of(HttpContext context) =>
        int.TryParse(
            context.Request.Headers[ApiHeaders.TimeoutMilliseconds], NumberStyles.None, CultureInfo.InvariantCulture, out int milliseconds)
            ? TimeSpan.FromMilliseconds(milliseconds)
            : null;
}
