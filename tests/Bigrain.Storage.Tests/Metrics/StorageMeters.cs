using Bigrain.Storage.Metrics;
using Bigrain.TestKit.Metrics;

namespace Bigrain.Storage.Tests.Metrics;

/// <summary>Instruments of the storage whose measurements a test can read.</summary>
internal sealed class StorageMeters : RecordedMeters
{
    public StorageInstruments Instruments => field ??= new StorageInstruments(this);
}
