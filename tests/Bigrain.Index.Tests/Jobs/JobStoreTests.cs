using System.Text;
using System.Text.Json;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Formats;
using Bigrain.Index.Jobs;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Randomness;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Jobs;

public sealed class JobStoreTests
{
    private const string Golden =
        """{"id":"compact-1","kind":"compact","collection":"c","createdAt":"2026-01-02T03:04:05+00:00","incarnation":null,"state":"failed","stage":"merging","done":1,"total":4,"unit":"partitions","ratePerSecond":0.5,"updatedAt":"2026-01-02T03:04:05+00:00","endedAt":"2026-01-02T03:04:05+00:00","cancelRequested":true,"isCommitted":false,"error":{"code":"dataCorrupt","message":"m","field":null},"trouble":null,"runner":{"silo":"silo-0","attempt":2,"mark":"00000000000000ff"},"body":{"partitions":[1,2]},"result":null}""";

    private readonly MemoryBlobStore _blobs = new();
    private readonly InstantTime _time = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private JobStore Jobs => new(_blobs, _time);

    [Fact]
    public async Task A_job_is_made_once_and_read_as_written()
    {
        (JobSnapshot made, bool created) = await Jobs.CreateAsync(Record("a-1"), Cancel);
        (JobSnapshot again, bool createdAgain) = await Jobs.CreateAsync(Record("a-1") with { Collection = "other" }, Cancel);
        Assert.True(created);
        Assert.False(createdAgain);
        Assert.Equal((made.Tag, "c"), (again.Tag, again.Record.Collection));
        Assert.Equal("[1,2]", (await Jobs.ReadAsync("a-1", Cancel))!.Record.Body!.Value.GetProperty("partitions").GetRawText());
        Assert.Null(await Jobs.ReadAsync("a-2", Cancel));
        Assert.Null(await Jobs.ReadAsync("../a-1", Cancel));
    }

    [Fact]
    public async Task The_bytes_of_version_1_stay_readable()
    {
        (JobSnapshot made, _) = await Jobs.CreateAsync(Record("compact-1"), Cancel);
        JobRecord full = made.Record with
        {
            State = JobState.Failed,
            Stage = "merging",
            Done = 1,
            Total = 4,
            Unit = "partitions",
            RatePerSecond = 0.5,
            EndedAt = _time.GetUtcNow(),
            CancelRequested = true,
            Error = new JobFailure(ErrorCode.DataCorrupt, "m", null),
            Runner = new JobRunner("silo-0", 2, "00000000000000ff"),
        };
        Assert.NotNull(await Jobs.TryReplaceAsync(made, full, Cancel));
        BlobContent content = (await _blobs.ReadAsync("jobs/compact-1", Cancel))!;
        Assert.Equal(Golden, Encoding.UTF8.GetString(BlobEnvelope.Unwrap(BlobKind.Job, "j", content.Bytes, out ushort version).Span));
        Assert.Equal(1, version);

        // Members that a newer release adds are skipped.
        byte[] newer = BlobEnvelope.Wrap(BlobKind.Job, 1, Encoding.UTF8.GetBytes(Golden.Replace("\"done\":1", "\"done\":1,\"later\":{\"x\":1}", StringComparison.Ordinal)));
        await _blobs.ReplaceAsync("jobs/compact-1", content.Tag, newer, Cancel);
        JobRecord read = (await Jobs.ReadAsync("compact-1", Cancel))!.Record;
        Assert.Equal((JobState.Failed, 1L, full.Runner, full.Error), (read.State, read.Done, read.Runner, read.Error));
    }

    [Fact]
    public async Task Of_two_swaps_one_wins_and_an_ended_record_never_changes()
    {
        (JobSnapshot made, _) = await Jobs.CreateAsync(Record("a-1"), Cancel);
        JobSnapshot first = (await Jobs.TryReplaceAsync(made, made.Record with { State = JobState.Succeeded }, Cancel))!;
        Assert.Null(await Jobs.TryReplaceAsync(made, made.Record with { Done = 9 }, Cancel));
        await Assert.ThrowsAsync<InvalidOperationException>(() => Jobs.TryReplaceAsync(first, first.Record with { Done = 9 }, Cancel));
    }

    [Fact]
    public async Task A_request_to_cancel_is_kept_and_refused_once_the_work_took_effect()
    {
        (JobSnapshot made, _) = await Jobs.CreateAsync(Record("a-1"), Cancel);
        Assert.True((await Jobs.RequestCancelAsync("a-1", Cancel))!.Record.CancelRequested);
        Assert.Null(await Jobs.RequestCancelAsync("a-2", Cancel));

        (JobSnapshot committed, _) = await Jobs.CreateAsync(Record("a-3") with { IsCommitted = true }, Cancel);
        BigrainException refused = await Assert.ThrowsAsync<BigrainException>(() => Jobs.RequestCancelAsync("a-3", Cancel));
        Assert.Equal(ErrorCode.Conflict, refused.Code);
        Assert.False(await Jobs.HasChangedAsync(committed, Cancel));
        Assert.True(await Jobs.HasChangedAsync(made, Cancel));
    }

    [Fact]
    public async Task A_damaged_record_is_refused_alone_and_hides_no_other()
    {
        await Jobs.CreateAsync(Record("a-1"), Cancel);
        _time.Advance(TimeSpan.FromSeconds(1));
        await Jobs.CreateAsync(Record("b-1"), Cancel);
        await Jobs.CreateAsync(Record("c-1"), Cancel);
        BlobContent content = (await _blobs.ReadAsync("jobs/b-1", Cancel))!;
        byte[] damaged = content.Bytes.ToArray();
        damaged[40] ^= 1;
        await _blobs.ReplaceAsync("jobs/b-1", content.Tag, damaged, Cancel);

        await Assert.ThrowsAsync<CorruptBlobException>(() => Jobs.ReadAsync("b-1", Cancel));
        Assert.Equal(["c-1", "a-1"], (await Jobs.ListAsync(Cancel)).Select(job => job.Id));
    }

    [Fact]
    public async Task Removing_a_job_takes_its_data_and_nobody_elses()
    {
        (JobSnapshot made, _) = await Jobs.CreateAsync(Record("a-1"), Cancel);
        await _blobs.CreateAsync("job-data/a-1/0", new byte[] { 1 }, Cancel);
        await _blobs.CreateAsync("job-data/a-10/0", new byte[] { 1 }, Cancel);
        await Assert.ThrowsAsync<InvalidOperationException>(() => Jobs.RemoveAsync(made, Cancel));
        JobSnapshot ended = (await Jobs.TryReplaceAsync(made, made.Record with { State = JobState.Cancelled }, Cancel))!;
        Assert.True(await Jobs.RemoveAsync(ended, Cancel));
        Assert.Null(await Jobs.ReadAsync("a-1", Cancel));
        Assert.Null(await _blobs.ReadAsync("job-data/a-1/0", Cancel));
        Assert.NotNull(await _blobs.ReadAsync("job-data/a-10/0", Cancel));
    }

    [Fact]
    public async Task Lost_replies_are_settled()
    {
        var jobs = new JobStore(new FaultyBlobStore(_blobs, new SeededRandom(3), new FaultRates { LostReply = 1 }), _time);
        (JobSnapshot made, bool created) = await jobs.CreateAsync(Record("a-1"), Cancel);
        Assert.True(created);
        Assert.NotNull(await jobs.TryReplaceAsync(made, made.Record with { Done = 3 }, Cancel));
    }

    [Theory]
    [InlineData("")]
    [InlineData("A")]
    [InlineData("a/b")]
    [InlineData("..")]
    public async Task An_id_that_could_name_another_blob_is_refused(string id) =>
        Assert.Equal(ErrorCode.InvalidArgument, (await Assert.ThrowsAsync<BigrainException>(() => Jobs.CreateAsync(Record(id), Cancel))).Code);

    private JobRecord Record(string id) => new(id, "compact", "c", _time.GetUtcNow())
    {
        Body = JsonDocument.Parse("""{"partitions":[1,2]}""").RootElement.Clone(),
    };
}
