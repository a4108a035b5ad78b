namespace Bigrain.Cli.Tooling;

/// <summary>Exit codes of every verb.</summary>
internal static class ExitCode
{
    /// <summary>Done.</summary>
    public const int Ok = 0;

    /// <summary>Failed.</summary>
    public const int Failed = 1;

    /// <summary>Wrongly used: fix the command line or the request.</summary>
    public const int BadUsage = 2;

    /// <summary>What was named does not exist.</summary>
    public const int NotFound = 3;

    /// <summary>No server answers, or it cannot now.</summary>
    public const int Unavailable = 4;

    /// <summary>Stored or imported bytes are not what they should be.</summary>
    public const int DataCorrupt = 5;
}
