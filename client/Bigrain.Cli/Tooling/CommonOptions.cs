using System.CommandLine;
using Bigrain.Client;

namespace Bigrain.Cli.Tooling;

/// <summary>Options that every verb has.</summary>
internal sealed class CommonOptions
{
    /// <summary>Makes them.</summary>
    public CommonOptions(ToolContext context)
    {
        Output = Flag.Optional(context, "--output", "table for people, json for programs", ReadOutput, "table", "BIGRAIN_OUTPUT");
        Endpoint = Flag.Optional(
            context, "--endpoint", "servers, a comma list tried in turn", ReadEndpoints, [BigrainClientOptions.DefaultEndpoint], "BIGRAIN_ENDPOINT");
        ApiKey = Flag.Optional<string?>(context, "--api-key", "key of the server", Values.Text, null, "BIGRAIN_API_KEY");
        Output.Recursive = true;
        Endpoint.Recursive = true;
        ApiKey.Recursive = true;
    }

    /// <summary>How results are printed.</summary>
    public Option<string> Output { get; }

    /// <summary>Where the servers are.</summary>
    public Option<IReadOnlyList<Uri>> Endpoint { get; }

    /// <summary>Key of the server.</summary>
    public Option<string?> ApiKey { get; }

    private static string ReadOutput(string text) =>
        text is "table" or "json" ? text : throw new FormatException($"'{text}' is neither table nor json");

    private static IReadOnlyList<Uri> ReadEndpoints(string text) => BigrainClientOptions.ParseEndpoints(text);
}
