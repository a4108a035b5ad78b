using System.Globalization;
using Bigrain.Index.Blobs;
using Bigrain.Index.Catalog;
using Bigrain.Index.Coarse;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Partitions;

/// <summary>The learned tables of the generations that are open on a silo: read once, and shared by all segments of a generation.</summary>
/// <remarks>Thread safe. It holds on to nothing: tables live as long as a segment or a partition uses them.</remarks>
/// <param name="store">Where they are.</param>
public sealed class GenerationTables(IBlobStore store)
{
    private readonly Dictionary<string, WeakReference<LearnedTables>> _known = new(StringComparer.Ordinal);

    // Two that open a generation at once must not have its tables twice.
    private SemaphoreSlim Reading { get; } = new(1, 1);

    /// <summary>Gives the tables of a generation's default representation.</summary>
    /// <param name="head">The collection.</param>
    /// <param name="generation">The generation.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>The tables; null where the generation has none.</returns>
    /// <exception cref="CorruptBlobException">They are missing, damaged, or not those that the generation names.</exception>
    public async ValueTask<LearnedTables?> GetAsync(CollectionHead head, GenerationRecord generation, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(generation);
        if (generation.Representations[0].Tables is not { } reference)
        {
            return null;
        }

        string name = DataPaths.Tables(head.Incarnation, reference.Generation, generation.Representations[0].Name);
        LearnedTables tables = await ReadAsync(name, reference, cancellationToken);
        RepresentationSchema schema = head.Schema.Default;
        bool fits = tables.Codebooks.Dimension == schema.Dimension
            && (tables.Model is { } model
                ? generation.HasModel && model.Metric == schema.Metric
                : !generation.HasModel && tables.RotationSeed == generation.RotationSeed);
        return fits
            ? tables
            : throw new CorruptBlobException(
                name,
                BlobEnvelope.HeaderBytes,
                FormattableString.Invariant($"{(generation.HasModel ? "a model" : "tables")} of dimension {schema.Dimension} for {schema.Metric} and rotation {generation.RotationSeed:x16}"),
                FormattableString.Invariant($"{tables.Codebooks.Dimension}, {tables.Model?.Metric} and {tables.RotationSeed:x16}"));
    }

    /// <summary>Stores tables in a generation's folder; doing it again with the same tables changes nothing.</summary>
    /// <param name="head">The collection.</param>
    /// <param name="generation">Number of the generation.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="cancellationToken">Gives up; the outcome is then unknown.</param>
    /// <returns>What the generation names.</returns>
    /// <exception cref="BigrainException"><see cref="ErrorCode.Conflict"/>: other tables are there already.</exception>
    public async Task<TablesReference> WriteAsync(
        CollectionHead head, int generation, LearnedTables tables, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(head);
        ArgumentNullException.ThrowIfNull(tables);
        string name = DataPaths.Tables(head.Incarnation, generation, head.Schema.Default.Name);
        ReadOnlyMemory<byte> blob = tables.ToBlob();
        if (await store.CreateAsync(name, blob, cancellationToken) is null
            && (await store.ReadAsync(name, cancellationToken))?.Bytes.Span.SequenceEqual(blob.Span) != true)
        {
            throw new BigrainException(ErrorCode.Conflict, $"generation {generation} has other tables already", "generation");
        }

        return new TablesReference(generation, blob.Length, tables.Hash.ToString("x32", CultureInfo.InvariantCulture));
    }

    private async Task<LearnedTables> ReadAsync(string name, TablesReference reference, CancellationToken cancellationToken)
    {
        await Reading.WaitAsync(cancellationToken);
        try
        {
            if (_known.TryGetValue(name, out WeakReference<LearnedTables>? known) && known.TryGetTarget(out LearnedTables? tables))
            {
                return Checked(name, reference, tables);
            }

            BlobContent content = await store.ReadAsync(name, cancellationToken)
                ?? throw new CorruptBlobException(name, 0, "tables that a generation names", "no blob");
            tables = Checked(name, reference, LearnedTables.Parse(name, content.Bytes));
            _known[name] = new WeakReference<LearnedTables>(tables);
            foreach (string gone in _known.Where(pair => !pair.Value.TryGetTarget(out _)).Select(pair => pair.Key).ToArray())
            {
                _known.Remove(gone);
            }

            return tables;
        }
        finally
        {
            Reading.Release();
        }
    }

    private static LearnedTables Checked(string name, TablesReference reference, LearnedTables tables)
    {
        string hash = tables.Hash.ToString("x32", CultureInfo.InvariantCulture);
        return hash == reference.XxHash128
            ? tables
            : throw new CorruptBlobException(name, 0, $"xxh128 {reference.XxHash128} over the whole file", hash);
    }
}
