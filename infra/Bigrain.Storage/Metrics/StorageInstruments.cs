using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Bigrain.Storage.Metrics;

/// <summary>Metrics of the stores and their caches; meter <c>Bigrain.Storage</c>.</summary>
public sealed class StorageInstruments
{
    /// <summary>Name of the meter.</summary>
    public const string MeterName = "Bigrain.Storage";

    private readonly Histogram<double> _operationDuration;
    private readonly Counter<long> _readBytes;
    private readonly Counter<long> _writtenBytes;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _blockReads;
    private readonly Counter<long> _rottenBlocks;

    /// <summary>Makes the instruments.</summary>
    /// <param name="meters">Makes the meter.</param>
    public StorageInstruments(IMeterFactory meters)
    {
        ArgumentNullException.ThrowIfNull(meters);
        Meter meter = meters.Create(MeterName);
        _operationDuration = meter.CreateHistogram<double>("bigrain.blob.operation.duration", "s", "Time of one operation of the blob store.");
        _readBytes = meter.CreateCounter<long>("bigrain.blob.read", "By", "Bytes read from the blob store.");
        _writtenBytes = meter.CreateCounter<long>("bigrain.blob.written", "By", "Bytes of successful writes to the blob store.");
        _retries = meter.CreateCounter<long>("bigrain.blob.retries", "{retry}", "Operations repeated after a transient failure.");
        _blockReads = meter.CreateCounter<long>("bigrain.cache.block.reads", "{block}", "Blocks read through the block cache, by where they were found.");
        _rottenBlocks = meter.CreateCounter<long>("bigrain.cache.block.rotten", "{block}", "Blocks on disk that did not match their checksum.");
    }

    /// <summary>Records one operation of a store.</summary>
    /// <param name="operation">The port's operation (<c>read</c>, <c>range</c>, <c>create</c>, …).</param>
    /// <param name="outcome"><c>ok</c>, <c>none</c> (absent, or the condition was lost), <c>cancelled</c>, or the failure.</param>
    /// <param name="duration">Its time.</param>
    public void RecordOperation(string operation, string outcome, TimeSpan duration) =>
        _operationDuration.Record(duration.TotalSeconds, new TagList { { "operation", operation }, { "outcome", outcome } });

    /// <summary>Counts bytes read.</summary>
    public void AddRead(string operation, long bytes) => _readBytes.Add(bytes, new TagList { { "operation", operation } });

    /// <summary>Counts bytes written.</summary>
    public void AddWritten(string operation, long bytes) => _writtenBytes.Add(bytes, new TagList { { "operation", operation } });

    /// <summary>Counts one repetition.</summary>
    public void AddRetry(string operation) => _retries.Add(1, new TagList { { "operation", operation } });

    /// <summary>Counts blocks served.</summary>
    /// <param name="tier"><c>memory</c>, <c>disk</c> or <c>store</c>.</param>
    /// <param name="count">How many.</param>
    public void AddBlockReads(string tier, int count) => _blockReads.Add(count, new TagList { { "tier", tier } });

    /// <summary>Counts a block whose bytes on disk had changed.</summary>
    public void AddRottenBlock() => _rottenBlocks.Add(1);
}
