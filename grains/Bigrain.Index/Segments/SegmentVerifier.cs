using System.Collections.Immutable;
using System.IO.Hashing;
using Bigrain.Index.Blobs;
using Bigrain.Index.Manifests;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments.Deletes;
using Bigrain.Index.Segments.Dense;
using Bigrain.Index.Segments.Files;
using Bigrain.Index.Segments.Ids;
using Bigrain.Index.Segments.Payloads;

namespace Bigrain.Index.Segments;

/// <summary>Reads every byte of a segment again and names what is damaged.</summary>
/// <remarks>Reads from the store, in steps of 1 MiB. Where a file's hash fails, its records or pages are checked one by
/// one, so that the report tells which documents are lost.</remarks>
public sealed class SegmentVerifier
{
    /// <summary>Most places reported of one file.</summary>
    public const int MaxDamagePerFile = 100;

    private readonly SegmentAccess _access;

    /// <summary>Makes a verifier.</summary>
    /// <param name="access">How segment files are reached.</param>
    public SegmentVerifier(SegmentAccess access)
    {
        ArgumentNullException.ThrowIfNull(access);
        _access = access;
    }

    /// <summary>Checks a segment.</summary>
    /// <param name="location">Where its files are.</param>
    /// <param name="descriptor">What the manifest says of it.</param>
    /// <param name="schema">Schema of the collection.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="BlobStoreException">The store failed.</exception>
    public async Task<SegmentReport> VerifyAsync(
        SegmentLocation location, SegmentDescriptor descriptor, CollectionSchema schema, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(descriptor);
        ArgumentNullException.ThrowIfNull(schema);
        var damage = ImmutableArray.CreateBuilder<SegmentDamage>();
        long bytes = 0;
        IEnumerable<SegmentFile> files = descriptor.DeletesFile is { } deletes ? descriptor.Files.Add(deletes) : descriptor.Files;
        foreach (SegmentFile file in files)
        {
            string name = location.Blob(file.Name);
            if (await CheckAsync(name, file, cancellationToken).ConfigureAwait(false) is { } whole)
            {
                int before = damage.Count;
                await LocateAsync(location, descriptor, schema.Default, file, damage, cancellationToken).ConfigureAwait(false);
                if (damage.Count == before)
                {
                    damage.Add(whole);
                }
            }

            bytes += file.LengthBytes;
        }

        if (descriptor.DeletesFile is not null)
        {
            await TryAsync(damage, async () => await DeleteBitmap.ReadAsync(_access.Store, location, descriptor, cancellationToken)
                .ConfigureAwait(false)).ConfigureAwait(false);
        }

        return new SegmentReport(
            location,
            damage.DistinctBy(place => (place.BlobName, place.Offset)).ToImmutableArray(),
            descriptor.Files.Length + (descriptor.DeletesFile is null ? 0 : 1),
            bytes);
    }

    private static SegmentDamage Of(CorruptBlobException error) => new(error.BlobName, error.Offset, error.Expected, error.Found);

    private static async Task<bool> TryAsync(ImmutableArray<SegmentDamage>.Builder damage, Func<Task> check)
    {
        try
        {
            await check().ConfigureAwait(false);
            return true;
        }
        catch (CorruptBlobException error)
        {
            damage.Add(Of(error));
            return false;
        }
    }

    private async Task<SegmentDamage?> CheckAsync(string name, SegmentFile file, CancellationToken cancellationToken)
    {
        long? length = (await _access.Store.GetPropertiesAsync(name, cancellationToken).ConfigureAwait(false))?.LengthBytes;
        if (length is null)
        {
            return Of(BlobFile.Missing(name, file));
        }

        if (length != file.LengthBytes)
        {
            return new SegmentDamage(name, Math.Min(length.Value, file.LengthBytes), $"{file.LengthBytes} bytes", $"{length}");
        }

        XxHash128? hash = await SegmentUpload.HashAsync(_access.Store, name, file.LengthBytes, cancellationToken).ConfigureAwait(false);
        string found = hash is null ? "fewer bytes" : Convert.ToHexStringLower(hash.GetCurrentHash());
        return found == file.XxHash128 ? null : new SegmentDamage(name, 0, $"xxh128 {file.XxHash128} over the whole file", found);
    }

    private async Task LocateAsync(
        SegmentLocation location,
        SegmentDescriptor descriptor,
        RepresentationSchema representation,
        SegmentFile file,
        ImmutableArray<SegmentDamage>.Builder damage,
        CancellationToken cancellationToken)
    {
        bool isDense = file.Name == SegmentFileNames.Dense(representation.Name);
        if (!isDense && file.Name != SegmentFileNames.Docs)
        {
            return;
        }

        await TryAsync(damage, async () =>
        {
            using BlobFile blob = await BlobFile.OpenAsync(_access.Store, null, location.Blob(file.Name), file, cancellationToken)
                .ConfigureAwait(false);
            if (isDense)
            {
                await LocateRecordsAsync(blob, representation, descriptor.SlotCount, damage, cancellationToken).ConfigureAwait(false);
            }
            else
            {
                await LocatePagesAsync(blob, location, descriptor, damage, cancellationToken).ConfigureAwait(false);
            }
        }).ConfigureAwait(false);
    }

    private static async Task LocateRecordsAsync(
        BlobFile blob,
        RepresentationSchema representation,
        int slotCount,
        ImmutableArray<SegmentDamage>.Builder damage,
        CancellationToken cancellationToken)
    {
        DenseHeader header = await DenseHeader.ReadAloneAsync(blob, representation.Dimension, slotCount, cancellationToken).ConfigureAwait(false);
        var reader = new DenseReader(blob, header);
        var record = new byte[header.Layout.RecordBytes];
        int before = damage.Count;
        for (int slot = 0; slot < slotCount && damage.Count - before < MaxDamagePerFile; slot++)
        {
            int[] one = [slot];
            await TryAsync(damage, () => reader.ReadAsync(one, record, cancellationToken).AsTask()).ConfigureAwait(false);
        }
    }

    private async Task LocatePagesAsync(
        BlobFile blob,
        SegmentLocation location,
        SegmentDescriptor descriptor,
        ImmutableArray<SegmentDamage>.Builder damage,
        CancellationToken cancellationToken)
    {
        await TryAsync(damage, () => PayloadReader.CheckHeaderAsync(blob, descriptor.SlotCount, cancellationToken).AsTask())
            .ConfigureAwait(false);
        SegmentFile? idsFile = descriptor.Files.FirstOrDefault(file => file.Name == SegmentFileNames.Ids);
        string idsName = location.Blob(SegmentFileNames.Ids);
        LocalFile? local = await _access.LocalFiles.OpenAsync(idsName, cancellationToken).ConfigureAwait(false);
        if (idsFile is null || local is null)
        {
            return;
        }

        using IdTable ids = IdTable.Open(idsName, idsFile, descriptor.SlotCount, local);
        var reader = new PayloadReader(blob, ids);
        int before = damage.Count;
        for (int page = 0; page < ids.PageCount && damage.Count - before < MaxDamagePerFile; page++)
        {
            if (ids.PageOffset(page) < ids.PageOffset(page + 1))
            {
                await TryAsync(damage, () => reader.ReadPageAsync(page, cancellationToken).AsTask()).ConfigureAwait(false);
            }
        }
    }
}
