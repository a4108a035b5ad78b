using System.Text.Json;
using Bigrain.Index.Errors;
using Bigrain.Index.Jobs;
using Bigrain.TestKit.Blobs;
using Bigrain.TestKit.Time;
using Xunit;

namespace Bigrain.Index.Tests.Jobs;

public sealed class JobKeyTests
{
    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public void The_id_follows_from_the_key_and_stays_what_it_is_in_the_next_release()
    {
        Assert.Equal("job-2c70e12b7a0646f92279f427c7b38e73", JobKeys.IdOf("key"));
        Assert.NotEqual(JobKeys.IdOf("key"), JobKeys.IdOf("Key"));
        Assert.True(JobIds.IsValid(JobKeys.IdOf(new string('~', JobKeys.MaxLength))));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a b")]
    [InlineData("ä")]
    [InlineData("a\n")]
    public void What_is_no_key_is_refused(string key)
    {
        BigrainException refusal = Assert.Throws<BigrainException>(() => JobKeys.IdOf(key));
        Assert.Equal((ErrorCode.InvalidArgument, "Idempotency-Key"), (refusal.Code, refusal.Field));
    }

    [Fact]
    public void The_same_request_is_known_again_whatever_became_of_its_job()
    {
        JobRecord asked = Record("warm", "docs", """{"bytes":1}""");
        JobRecord found = asked with { State = JobState.Failed, Body = JsonSerializer.SerializeToElement(7), CreatedAt = asked.CreatedAt.AddDays(-1) };
        JobKeys.RequireSame(asked, found);

        // An older release left the digest out when it ran the job.
        JobKeys.RequireSame(asked, found with { Request = null });

        // Jobs with ids of their own are made once by whoever comes first.
        JobKeys.RequireSame(asked with { Request = null, Kind = "other" }, found);
    }

    [Fact]
    public void Another_request_is_refused_with_what_differs()
    {
        JobRecord found = Record("warm", "docs", """{"bytes":1}""");
        AssertTaken("kind", found with { Kind = "compact" });
        AssertTaken("collection", found with { Collection = "other" });
        AssertTaken("life of the collection", found with { Incarnation = "b" });
        AssertTaken("body", Record("warm", "docs", """{"bytes":2}"""));

        void AssertTaken(string other, JobRecord asked)
        {
            BigrainException refusal = Assert.Throws<BigrainException>(() => JobKeys.RequireSame(asked, found));
            Assert.Equal((ErrorCode.Conflict, "Idempotency-Key"), (refusal.Code, refusal.Field));
            Assert.Contains($"another {other}", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_part_of_an_input_is_written_twice_only_with_the_same_bytes()
    {
        var inputs = new JobInputs(new MemoryBlobStore(), new InstantTime());
        await inputs.WriteAsync("job-1", 0, new byte[] { 1, 2 }, Cancel);
        await inputs.WriteAsync("job-1", 0, new byte[] { 1, 2 }, Cancel);
        BigrainException refusal = await Assert.ThrowsAsync<BigrainException>(() => inputs.WriteAsync("job-1", 0, new byte[] { 1, 3 }, Cancel));
        Assert.Equal((ErrorCode.Conflict, "Idempotency-Key"), (refusal.Code, refusal.Field));
        Assert.Equal([1, 2], (await inputs.ReadAsync("job-1", 0, Cancel)).ToArray());
    }

    private static JobRecord Record(string kind, string collection, string body)
    {
        JsonElement element = JsonDocument.Parse(body).RootElement;
        return new JobRecord(JobKeys.IdOf("k"), kind, collection, new DateTimeOffset(2026, 1, 2, 3, 4, 5, TimeSpan.Zero))
        {
            Incarnation = "a",
            Body = element,
            Request = JobKeys.DigestOf(element),
        };
    }
}
