using System.Text;
using Bigrain.Index.Segments;
using Bigrain.Index.Segments.Deletes;
using CsCheck;
using Xunit;

namespace Bigrain.Index.Tests.Segments;

/// <summary>Segments, delete bitmaps and merges together answer as a dictionary does.</summary>
public sealed class SegmentModelTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Batches_of_upserts_deletes_and_merges_answer_as_a_dictionary()
    {
        // A batch: ids to write; those above 20 delete the id minus 20; then perhaps a merge of everything.
        Gen<(int[] Ids, bool Merge)[]> batches = Gen.Select(Gen.Int[0, 26].Array[1, 15], Gen.Bool).Array[1, 8];
        await batches.SampleAsync(RunAsync, seed: "0000KSNPd102", iter: 40, threads: 1);
    }

    private static async Task RunAsync((int[] Ids, bool Merge)[] batches)
    {
        using var fixture = new SegmentFixture(dimension: 2);
        var model = new Dictionary<string, TestDocument>();
        var parts = new List<Part>();
        int number = 0;
        foreach ((int[] ids, bool merge) in batches)
        {
            var batch = new Dictionary<string, TestDocument?>();
            foreach (int id in ids)
            {
                string name = $"id-{(id > 20 ? id - 20 : id)}";
                batch[name] = id > 20
                    ? null
                    : new TestDocument(name, [number, id], $"{{\"n\":{number}}}", new RowVersion(++number, 0), 0);
            }

            Kill(fixture, parts, batch.Keys);
            await AddAsync(fixture, parts, batch.Values.OfType<TestDocument>().ToArray(), $"s{++number}");
            foreach ((string name, TestDocument? document) in batch)
            {
                model.Remove(name);
                if (document is not null)
                {
                    model.Add(name, document);
                }
            }

            if (merge)
            {
                await MergeAsync(fixture, parts, $"m{++number}");
            }

            await CompareAsync(fixture, parts, model);
        }

        parts.ForEach(part => part.Segment.Release());
        Assert.Equal(0, fixture.Budget.UsedBytes);
    }

    private static void Kill(SegmentFixture fixture, List<Part> parts, IEnumerable<string> ids)
    {
        foreach (Part part in parts)
        {
            int[] slots = ids.Select(id => fixture.Find(part.Segment, id)).Where(slot => slot >= 0).ToArray();
            part.Deletes = part.Deletes.With(slots);
        }
    }

    private static async Task AddAsync(SegmentFixture fixture, List<Part> parts, TestDocument[] documents, string name)
    {
        if (documents.Length > 0)
        {
            SegmentLocation location = SegmentFixture.Location with { Name = name };
            Segment segment = await fixture.OpenAsync(await fixture.WriteAsync(documents, location), location);
            parts.Add(new Part(segment, DeleteBitmap.AllAlive(segment.SlotCount)));
        }
    }

    private static async Task MergeAsync(SegmentFixture fixture, List<Part> parts, string name)
    {
        using var writer = new SegmentWriter(fixture.Settings);
        foreach (Part part in parts)
        {
            await SegmentCopy.RunAsync(part.Segment, part.Deletes, writer, fixture.IdHash, DateTimeOffset.UnixEpoch, Token);
            part.Segment.Release();
        }

        parts.Clear();
        if (writer.Count > 0)
        {
            SegmentLocation location = SegmentFixture.Location with { Name = name };
            Segment merged = await fixture.OpenAsync(await writer.WriteAsync(fixture.Store, location, [], Token), location);
            parts.Add(new Part(merged, DeleteBitmap.AllAlive(merged.SlotCount)));
        }
    }

    private static async Task CompareAsync(SegmentFixture fixture, List<Part> parts, Dictionary<string, TestDocument> model)
    {
        Assert.Equal(model.Count, parts.Sum(part => part.Deletes.AliveCount));
        foreach (TestDocument document in model.Values)
        {
            Part owner = parts.Single(part =>
                fixture.Find(part.Segment, document.Id) is >= 0 and var slot && !part.Deletes.IsDead(slot));
            int[] slots = [fixture.Find(owner.Segment, document.Id)];
            var record = new byte[owner.Segment.Dense.Layout.RecordBytes];
            await owner.Segment.Dense.ReadAsync(slots, record, Token);
            var vector = new float[2];
            owner.Segment.Dense.Layout.Decode(record, vector);
            Assert.Equal(document.Vector, vector);
            Assert.Equal(document.Version, owner.Segment.Ids.VersionOf(slots[0]));
            ReadOnlyMemory<byte> payload = (await owner.Segment.Payloads.ReadAsync(slots, Token)).Payloads[0]!.Value;
            Assert.Equal(document.Payload, Encoding.UTF8.GetString(payload.Span));
        }
    }

    private sealed class Part(Segment segment, DeleteBitmap deletes)
    {
        public Segment Segment { get; } = segment;

        public DeleteBitmap Deletes { get; set; } = deletes;
    }
}
