using System.Runtime.InteropServices;
using System.Text;
using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Log;
using Bigrain.Index.Routing;
using Bigrain.Index.Schema;
using Bigrain.Index.Segments;
using Xunit;

namespace Bigrain.Index.Tests.Documents;

public sealed class WriteRequestBuilderTests
{
    [Fact]
    public void Rows_go_to_the_stream_of_their_id_in_their_order()
    {
        WriteRequestBuilder request = Request(streams: 4);
        for (int i = 0; i < 50; i++)
        {
            request.AddUpsert($"id-{i % 20}", [i, 1], "{}"u8);
        }

        request.AddDelete("id-3");
        var seen = new List<int>();
        foreach (StreamShare share in request.Build())
        {
            LogBatch batch = LogBatch.Parse(share.Batch, "test");
            Assert.Equal(share.Rows.Length, batch.RowCount);
            Assert.Equal("batch-1", batch.BatchId);
            Assert.Equal(share.Rows.Order(), share.Rows);
            for (int row = 0; row < batch.RowCount; row++)
            {
                LogRow view = batch[row];
                int number = share.Rows[row];
                Assert.Equal(share.Stream, HashRange.Of(view.IdHash, 4));
                Assert.Equal(XxIdHash.Instance.Hash(view.Id.Span), view.IdHash);
                Assert.Equal(number == 50 ? "id-3" : $"id-{number % 20}", Encoding.UTF8.GetString(view.Id.Span));
                Assert.Equal(number == 50 ? RowKind.Delete : RowKind.Upsert, view.Kind);
                Assert.Equal(number != 50, view.TryGetVector(0, out ReadOnlyMemory<byte> vector));
                Assert.True(number == 50 || MemoryMarshal.Cast<byte, float>(vector.Span)[0] == number);
                seen.Add(number);
            }
        }

        Assert.Equal(Enumerable.Range(0, 51), seen.Order());
    }

    [Fact]
    public void Versions_that_rows_wait_for_go_with_their_stream()
    {
        WriteRequestBuilder request = Request(streams: 4);
        for (int i = 0; i < 40; i++)
        {
            RowVersion? version = i % 3 == 0 ? new RowVersion(i, 1) : null;
            byte[] id = Encoding.UTF8.GetBytes($"id-{i}");
            if (i % 2 == 0)
            {
                request.AddDelete(id, version);
            }
            else
            {
                request.AddUpsert(id, [1, 2], [], null, version);
            }
        }

        var seen = new List<long>();
        foreach (StreamShare share in request.Build())
        {
            foreach (WriteCondition condition in share.Conditions)
            {
                Assert.Equal(new RowVersion(share.Rows[condition.Row], 1), condition.Expected);
                seen.Add(condition.Expected.Sequence);
            }
        }

        Assert.Equal(Enumerable.Range(0, 14).Select(i => 3L * i), seen.Order());
    }

    [Fact]
    public void A_bad_id_names_the_row()
    {
        Refused(ErrorCode.InvalidArgument, "documents[1].id", request => request.AddUpsert(string.Empty, [1, 2], []));
        Refused(ErrorCode.InvalidArgument, "documents[1].id", request => request.AddUpsert("\ud800", [1, 2], []));
    }

    [Fact]
    public void Limits_of_ids_count_bytes_of_utf8()
    {
        Request().AddUpsert(new string('a', 512), [1, 2], []);
        Request().AddUpsert(new string('ä', 256), [1, 2], []);
        Refused(ErrorCode.InvalidArgument, "documents[1].id", r => r.AddUpsert(new string('a', 513), [1, 2], []));
        Refused(ErrorCode.InvalidArgument, "documents[1].id", r => r.AddUpsert(new string('ä', 257), [1, 2], []));
        Refused(ErrorCode.InvalidArgument, "documents[1].id", r => r.AddUpsert([0xff, 0xfe], [1, 2], []));
        Refused(ErrorCode.InvalidArgument, "ids[1]", r => r.AddDelete(string.Empty));
        Refused(ErrorCode.InvalidArgument, "ids[1]", r => r.AddDelete(new string('a', 513)));
    }

    [Theory]
    [InlineData(new[] { 1f })]
    [InlineData(new[] { 1f, 2f, 3f })]
    [InlineData(new[] { float.NaN, 2f })]
    [InlineData(new[] { 1f, float.PositiveInfinity })]
    [InlineData(new[] { 1f, float.NegativeInfinity })]
    [InlineData(new[] { 1e19f, 1f })]
    public void A_vector_of_the_wrong_dimension_or_out_of_range_is_refused(float[] vector)
    {
        Refused(ErrorCode.InvalidArgument, "documents[1].vector", r => r.AddUpsert("a", vector, []));
        byte[] bytes = MemoryMarshal.AsBytes<float>(vector).ToArray();
        Refused(ErrorCode.InvalidArgument, "documents[1].vector", r => r.AddUpsert("a"u8, [bytes.AsMemory()], []));
    }

    [Fact]
    public void Every_place_of_a_long_vector_is_checked()
    {
        var schema = new RepresentationSchema("default", RepresentationKind.Dense, 67, Metric.L2, DenseType.Fp32, CodecSpec.Auto, CoarseSource.Self);
        for (int i = 0; i < 67; i++)
        {
            float[] vector = Enumerable.Repeat(1f, 67).ToArray();
            Assert.Null(VectorRules.Fault(vector, schema));
            vector[i] = float.NaN;
            Assert.Equal($"element {i} is not a finite number", VectorRules.Fault(vector, schema));
        }
    }

    [Fact]
    public void A_zero_vector_is_refused_under_cosine_alone()
    {
        Request(metric: Metric.L2).AddUpsert("a", [0, 0], []);
        Request(metric: Metric.Dot).AddUpsert("a", [0, 0], []);
        Request(metric: Metric.Cosine).AddUpsert("a", [1e-10f, 0], []);
        Refused(ErrorCode.InvalidArgument, "documents[1].vector", r => r.AddUpsert("a", [0, -0f], []), Metric.Cosine);
        Refused(ErrorCode.InvalidArgument, "documents[1].vector", r => r.AddUpsert("a", [1e-30f, 0], []), Metric.Cosine);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("1")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("{\"a\":NaN}")]
    [InlineData("")]
    [InlineData(" ")]
    public void A_payload_is_one_json_object_or_nothing(string payload)
    {
        if (payload.Length == 0)
        {
            Request().AddUpsert("a", [1, 2], []);
            return;
        }

        Refused(ErrorCode.InvalidArgument, "documents[1].payload", r => r.AddUpsert("a", [1, 2], Encoding.UTF8.GetBytes(payload)));
    }

    [Fact]
    public void A_payload_that_is_too_large_or_too_deep_is_refused()
    {
        byte[] large = Encoding.UTF8.GetBytes($$"""{"a":"{{new string('x', Limits.MaxPayloadBytes)}}"}""");
        Refused(ErrorCode.InvalidArgument, "documents[1].payload", r => r.AddUpsert("a", [1, 2], large));
        string deep = string.Concat(Enumerable.Repeat("{\"a\":", 70)) + "1" + new string('}', 70);
        Refused(ErrorCode.InvalidArgument, "documents[1].payload", r => r.AddUpsert("a", [1, 2], Encoding.UTF8.GetBytes(deep)));
    }

    [Fact]
    public void A_request_that_is_too_large_is_refused()
    {
        WriteRequestBuilder many = Request();
        for (int i = 0; i < Limits.MaxDocumentsPerRequest; i++)
        {
            many.AddUpsert("a", [1, 2], []);
        }

        Assert.Equal(ErrorCode.TooLarge, Assert.Throws<BigrainException>(() => many.AddUpsert("a", [1, 2], [])).Code);

        byte[] payload = Encoding.UTF8.GetBytes($$"""{"a":"{{new string('x', 60_000)}}"}""");
        WriteRequestBuilder oneStream = Request(streams: 1);
        int rows = 0;
        BigrainException error = Assert.Throws<BigrainException>(() =>
        {
            for (; rows < 1_000; rows++)
            {
                oneStream.AddUpsert("a", [1, 2], payload);
            }
        });
        Assert.Equal(ErrorCode.TooLarge, error.Code);
        Assert.Equal(Limits.MaxStreamShareBytes / (payload.Length + 9), rows);
    }

    [Fact]
    public void Batch_ids_and_empty_requests_are_checked()
    {
        Assert.Equal("batchId", Assert.Throws<BigrainException>(() => new WriteRequestBuilder(Schema(), XxIdHash.Instance, string.Empty)).Field);
        Assert.Equal("batchId", Assert.Throws<BigrainException>(() => new WriteRequestBuilder(Schema(), XxIdHash.Instance, new string('b', 129))).Field);
        Assert.Equal("documents", Assert.Throws<BigrainException>(() => Request().Build()).Field);
    }

    private static void Refused(ErrorCode code, string field, Action<WriteRequestBuilder> add, Metric metric = Metric.L2)
    {
        WriteRequestBuilder request = Request(metric: metric);
        request.AddUpsert("good", [1, 2], []);
        BigrainException error = Assert.Throws<BigrainException>(() => add(request));
        Assert.Equal(code, error.Code);
        Assert.Equal(field, error.Field);
    }

    private static WriteRequestBuilder Request(int streams = 1, Metric metric = Metric.L2) =>
        new(Schema(streams, metric), XxIdHash.Instance, "batch-1");

    private static CollectionSchema Schema(int streams = 1, Metric metric = Metric.L2) => new(
        [new RepresentationSchema("default", RepresentationKind.Dense, 2, metric, DenseType.Fp32, CodecSpec.Auto, CoarseSource.Self)],
        [],
        1,
        streams,
        1);
}
