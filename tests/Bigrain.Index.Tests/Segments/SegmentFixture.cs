using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.Index.Coarse;
using Bigrain.Index.Documents;
using Bigrain.Index.Manifests;
using Bigrain.Index.Memory;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Files;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

/// <summary>A store in memory with a work directory, and documents to fill segments with.</summary>
internal sealed class SegmentFixture : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public SegmentFixture(
        int dimension = 8, DenseType type = DenseType.Fp32, Metric metric = Metric.L2, bool recordsAreLocal = true)
    {
        Local = new LocalCopies(Store);
        Access = new SegmentAccess(Store, Local, recordsAreLocal);
        Schema = new CollectionSchema(
            [new("default", RepresentationKind.Dense, dimension, metric, type, CodecSpec.Flat, CoarseSource.Self)], [], 1, 1, 1);
        Settings = new SegmentWriterSettings(Schema, CodecSpec.Flat, 1, 2, new CoarseOptions(), WorkDirectory);
    }

    public static SegmentLocation Location { get; } = new(new CollectionIncarnation(new string('a', 32)), 1, 0, "one");

    public MemoryBlobStore Store { get; } = new();

    public LocalCopies Local { get; }

    public SegmentAccess Access { get; }

    public CollectionSchema Schema { get; }

    public SegmentWriterSettings Settings { get; set; }

    public MemoryBudget Budget { get; } = new(1L << 30);

    public string WorkDirectory => _folder.Combine("work");

    public IIdHash IdHash { get; init; } = XxIdHash.Instance;

    /// <summary>Documents whose every part follows from the seed.</summary>
    public TestDocument[] Documents(int count, ulong seed = 7)
    {
        var random = new SeededRandom(seed);
        var documents = new TestDocument[count];
        for (int i = 0; i < count; i++)
        {
            var vector = new float[Schema.Default.Dimension];
            for (int j = 0; j < vector.Length; j++)
            {
                vector[j] = ((random.Next(2001) - 1000) / 250f) + (j == 0 ? 0.125f : 0);
            }

            string? payload = random.Next(3) == 0 ? null : $"{{\"n\":{i},\"text\":\"{new string('x', random.Next(200))}\"}}";
            documents[i] = new TestDocument(
                $"document-{i}-{new string('i', random.Next(20))}",
                vector,
                payload,
                new RowVersion(1 + (i / 100), i % 100),
                random.Next(4) == 0 ? 1_700_000_000_000 + i : 0);
        }

        return documents;
    }

    public async Task<SegmentDescriptor> WriteAsync(IEnumerable<TestDocument> documents, SegmentLocation? location = null, IBlobStore? store = null)
    {
        using var writer = new SegmentWriter(Settings);
        foreach (TestDocument document in documents)
        {
            Add(writer, document);
        }

        return await writer.WriteAsync(
            store ?? Store, location ?? Location, [new StreamRange(0, 1, 9)], TestContext.Current.CancellationToken);
    }

    public void Add(SegmentWriter writer, TestDocument document)
    {
        byte[] id = Encoding.UTF8.GetBytes(document.Id);
        var row = new SegmentRow
        {
            Id = id,
            IdHash = IdHash.Hash(id),
            Version = document.Version,
            Payload = document.Payload is null ? [] : Encoding.UTF8.GetBytes(document.Payload),
            ExpiresAtMilliseconds = document.ExpiresAt,
        };
        writer.Add(row, document.Vector);
    }

    public ValueTask<Segment> OpenAsync(SegmentDescriptor descriptor, SegmentLocation? location = null) =>
        Segment.OpenAsync(Access, location ?? Location, descriptor, Schema, Budget, TestContext.Current.CancellationToken);

    public int Find(Segment segment, string id)
    {
        byte[] bytes = Encoding.UTF8.GetBytes(id);
        return segment.Ids.Find(IdHash.Hash(bytes), bytes);
    }

    public void Dispose()
    {
        Local.Dispose();
        _folder.Dispose();
    }
}
