using System.Net;
using Azure.Core.Pipeline;
using Bigrain.Index.Blobs;
using Bigrain.Index.Randomness;
using Bigrain.Storage.AzureBlobs;
using Bigrain.TestKit.Blobs;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Bigrain.Storage.Tests.AzureBlobs;

public sealed class AzureBlobStoreTests(AzuriteServer azurite) : IDisposable
{
    private readonly FaultyHttpHandler _network = new();
    private AzureBlobStore? _store;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(100)]
    [InlineData(300_000)]
    public async Task A_create_whose_reply_was_lost_is_recognised_as_its_own(int length)
    {
        AzureBlobStore store = await OpenAsync();
        _network.When = IsFinalPut;
        _network.IsSentFirst = true;

        BlobTag? tag = await store.CreateAsync("blob", new byte[length], Token);

        _network.When = null;
        Assert.NotNull(tag);
        Assert.Equal(new BlobProperties(tag.Value, length), await store.GetPropertiesAsync("blob", Token));
    }

    [Fact]
    public async Task A_replace_whose_reply_was_lost_is_recognised_as_its_own()
    {
        AzureBlobStore store = await OpenAsync();
        BlobTag first = (await store.CreateAsync("blob", new byte[1], Token))!.Value;
        _network.When = IsFinalPut;
        _network.IsSentFirst = true;

        BlobTag? second = await store.ReplaceAsync("blob", first, new byte[2], Token);

        _network.When = null;
        Assert.NotNull(second);
        Assert.Equal(new BlobProperties(second.Value, 2), await store.GetPropertiesAsync("blob", Token));
    }

    [Fact]
    public async Task A_create_that_was_repeated_on_the_way_is_not_lost_against_itself()
    {
        AzureBlobStore store = await OpenAsync();
        _network.When = IsFinalPut;
        _network.IsRepeated = true;

        Assert.NotNull(await store.CreateAsync("blob", new byte[1], Token));

        _network.When = null;
        Assert.Null(await store.CreateAsync("blob", new byte[1], Token));
    }

    [Fact]
    public async Task A_create_that_may_still_be_on_its_way_is_an_unknown_outcome_and_is_not_repeated()
    {
        AzureBlobStore store = await OpenAsync();
        _network.When = IsFinalPut;

        BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("blob", new byte[1], Token));

        Assert.Equal(BlobFailure.OutcomeUnknown, error.Failure);
        Assert.Single(_network.Requests, request => request.StartsWith("PUT", StringComparison.Ordinal) && request.EndsWith("/blob", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "ServerBusy", BlobFailure.Transient)]
    [InlineData(HttpStatusCode.InternalServerError, "OperationTimedOut", BlobFailure.OutcomeUnknown)]
    [InlineData(HttpStatusCode.Forbidden, "AuthorizationFailure", BlobFailure.Denied)]
    [InlineData(HttpStatusCode.InsufficientStorage, "InsufficientStorage", BlobFailure.Full)]
    [InlineData(HttpStatusCode.Conflict, "BlobImmutableDueToPolicy", BlobFailure.Permanent)]
    public async Task An_answer_of_the_account_says_what_may_be_done_next(HttpStatusCode status, string code, BlobFailure expected)
    {
        AzureBlobStore store = await OpenAsync();
        _network.When = IsFinalPut;
        _network.Answer = (status, code);

        BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("blob", new byte[1], Token));

        Assert.Equal(expected, error.Failure);
    }

    [Fact]
    public async Task A_read_is_repeated_until_it_is_answered()
    {
        AzureBlobStore store = await OpenAsync();
        await store.CreateAsync("blob", new byte[] { 7 }, Token);
        int failures = 0;
        _network.When = request => request.Method == HttpMethod.Get && failures++ < 2;

        Assert.Equal([7], (await store.ReadAsync("blob", Token))!.Bytes.ToArray());
    }

    [Fact]
    public async Task An_account_that_cannot_be_reached_is_retryable_for_reads_and_writes()
    {
        await OpenAsync();
        using AzureBlobStore store = Open("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;BlobEndpoint=http://127.0.0.1:1/a;", handler: null);

        BlobStoreException read = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.ReadAsync("blob", Token));
        BlobStoreException create = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CreateAsync("blob", new byte[1], Token));

        Assert.Equal([BlobFailure.Transient, BlobFailure.Transient], new[] { read.Failure, create.Failure });
    }

    [Fact]
    public async Task A_wrong_key_is_denied_and_the_message_does_not_hold_it()
    {
        string connection = await ConnectionAsync();
        int start = connection.IndexOf("AccountKey=", StringComparison.Ordinal) + "AccountKey=".Length;
        string wrong = Convert.ToBase64String(new byte[64]);
        using AzureBlobStore store = Open(string.Concat(connection.AsSpan(0, start), wrong, connection.AsSpan(connection.IndexOf(';', start))), handler: null);

        BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.ReadAsync("blob", Token));

        Assert.Equal(BlobFailure.Denied, error.Failure);
        Assert.DoesNotContain(wrong, error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_racing_creators_of_a_large_blob_exactly_one_wins()
    {
        AzureBlobStore store = await OpenAsync();
        for (int round = 0; round < 3; round++)
        {
            string name = $"race/{round}";
            BlobTag?[] tags = await Task.WhenAll(Enumerable.Range(0, 4).Select(async writer =>
            {
                byte[] content = new byte[300_000];
                content.AsSpan().Fill((byte)writer);
                return await CreateUntilSettledAsync(store, name, content);
            }));

            int winner = Array.FindIndex(tags, tag => tag is not null);
            Assert.Single(tags, tag => tag is not null);
            byte[] stored = (await store.ReadAsync(name, Token))!.Bytes.ToArray();
            Assert.Equal(300_000, stored.Length);
            Assert.False(stored.AsSpan().ContainsAnyExcept((byte)winner), "blocks of two writers are mixed");
        }
    }

    public void Dispose()
    {
        _store?.Dispose();
        _network.Dispose();
    }

    // The last request of a write: the whole blob, or the block list.
    private static bool IsFinalPut(HttpRequestMessage request) =>
        request.Method == HttpMethod.Put && request.Headers.Contains("x-ms-meta-bigrainwrite");

    // A racing creator's commit may drop the staged blocks before its own name is there: the port calls that transient.
    private static async Task<BlobTag?> CreateUntilSettledAsync(AzureBlobStore store, string name, byte[] content)
    {
        while (true)
        {
            try
            {
                return await store.CreateAsync(name, content, Token);
            }
            catch (BlobStoreException error) when (error.Failure == BlobFailure.Transient)
            {
            }
        }
    }

    private async Task<AzureBlobStore> OpenAsync()
    {
        _store = Open(await ConnectionAsync(), _network);
        await _store.ReadAsync("none", Token); // makes the container before the faults begin
        return _store;
    }

    private async Task<string> ConnectionAsync()
    {
        string? connection = await azurite.TryGetConnectionStringAsync(Token);
        if (connection is null)
        {
            Assert.Skip(azurite.MissingReason!);
        }

        return connection;
    }

    private static AzureBlobStore Open(string connection, HttpMessageHandler? handler)
    {
        var options = new AzureBlobOptions
        {
            ConnectionString = connection,
            Container = $"test-{new SystemRandomSource().NextUInt64():x16}",
            BlockBytes = 64 << 10,
            AttemptTimeout = TimeSpan.FromSeconds(20),
        };
        return new AzureBlobStore(
            options, TimeProvider.System, new SystemRandomSource(), NullLogger.Instance, handler is null ? null : new HttpClientTransport(handler));
    }
}
