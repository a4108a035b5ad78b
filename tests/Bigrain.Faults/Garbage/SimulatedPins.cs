using System.Runtime.CompilerServices;
using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Garbage;

namespace Bigrain.Faults.Garbage;

/// <summary>Records of jobs, reduced to what they pin: one blob each, a name a line.</summary>
internal sealed class SimulatedPins(IBlobStore store) : IPinSource
{
    public const string Prefix = "pins/";

    public static byte[] Format(IEnumerable<string> names) => Encoding.UTF8.GetBytes(string.Join('\n', names));

    public async IAsyncEnumerable<string> ReadPinsAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (BlobEntry entry in store.ListAsync(Prefix, null, cancellationToken))
        {
            if (await store.ReadAsync(entry.Name, cancellationToken) is { } record)
            {
                foreach (string name in Encoding.UTF8.GetString(record.Bytes.Span).Split('\n'))
                {
                    yield return name;
                }
            }
        }
    }
}
