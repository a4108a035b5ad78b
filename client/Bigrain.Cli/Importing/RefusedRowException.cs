using Bigrain.Client;

namespace Bigrain.Cli.Importing;

/// <summary>The server refused one row; those before it in its batch are written.</summary>
internal sealed class RefusedRowException : Exception
{
    /// <summary>Makes the error.</summary>
    public RefusedRowException(long row, BigrainClientException inner)
        : base(inner.Message, inner) => Row = row;

    /// <summary>Number of the row in the input.</summary>
    public long Row { get; }
}
