using System.Text;
using Bigrain.Index.Blobs;
using Bigrain.TestKit.Randomness;
using Xunit;

namespace Bigrain.Storage.Tests.Conformance;

/// <summary>What every blob store must do, run against each of them.</summary>
public abstract class BlobStoreConformance : IAsyncDisposable
{
    private const ulong Seed = 20_261_122;

    private IBlobStore? _store;

    protected static CancellationToken Cancelled => new(canceled: true);

    protected static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Opens an empty store.</summary>
    protected abstract ValueTask<IBlobStore> OpenAsync();

    /// <summary>Frees what the test used.</summary>
    protected abstract ValueTask CloseAsync();

    [Fact]
    public async Task A_created_blob_is_read_back_whole_with_its_tag()
    {
        IBlobStore store = await StoreAsync();

        BlobTag? tag = await store.CreateAsync("a/b", Bytes("hello"), Token);

        BlobContent? content = await store.ReadAsync("a/b", Token);
        Assert.NotNull(tag);
        Assert.Equal("hello", Text(content));
        Assert.Equal(tag, content!.Tag);
        Assert.Equal(new BlobProperties(tag.Value, 5), await store.GetPropertiesAsync("a/b", Token));
    }

    [Fact]
    public async Task An_empty_blob_exists()
    {
        IBlobStore store = await StoreAsync();

        Assert.NotNull(await store.CreateAsync("empty", Bytes(""), Token));

        Assert.Equal(0, (await store.ReadAsync("empty", Token))!.Bytes.Length);
        Assert.Equal(0, await store.ReadRangeAsync("empty", 0, new byte[4], Token));
        Assert.Null(await store.CreateAsync("empty", Bytes("x"), Token));
    }

    [Fact]
    public async Task An_absent_blob_is_null_everywhere()
    {
        IBlobStore store = await StoreAsync();
        await store.CreateAsync("a/b/c", Bytes("x"), Token);

        foreach (string name in (string[])["none", "a", "a/b", "a/x/c"])
        {
            Assert.Null(await store.ReadAsync(name, Token));
            Assert.Null(await store.ReadRangeAsync(name, 0, new byte[1], Token));
            Assert.Null(await store.GetPropertiesAsync(name, Token));
            Assert.Null(await store.ReplaceAsync(name, new BlobTag("0x8D-1"), Bytes("x"), Token));
            Assert.False(await store.DeleteAsync(name, null, Token));
        }
    }

    [Fact]
    public async Task A_second_create_loses_and_changes_nothing()
    {
        IBlobStore store = await StoreAsync();
        BlobTag? first = await store.CreateAsync("one", Bytes("first"), Token);

        Assert.Null(await store.CreateAsync("one", Bytes("second"), Token));

        BlobContent? content = await store.ReadAsync("one", Token);
        Assert.Equal("first", Text(content));
        Assert.Equal(first, content!.Tag);
    }

    [Fact]
    public async Task A_create_reads_its_stream_from_where_it_stands()
    {
        IBlobStore store = await StoreAsync();
        using var stream = new MemoryStream(Encoding.ASCII.GetBytes("skip-content")) { Position = 5 };

        await store.CreateAsync("part", stream, Token);

        Assert.Equal("content", Text(await store.ReadAsync("part", Token)));
        Assert.True(stream.CanRead, "the stream stays the caller's");
    }

    [Fact]
    public async Task A_replace_needs_the_present_tag()
    {
        IBlobStore store = await StoreAsync();
        BlobTag first = (await store.CreateAsync("head", Bytes("1"), Token))!.Value;

        BlobTag? second = await store.ReplaceAsync("head", first, Bytes("22"), Token);
        BlobTag? stale = await store.ReplaceAsync("head", first, Bytes("333"), Token);

        Assert.NotNull(second);
        Assert.NotEqual(first, second.Value);
        Assert.Null(stale);
        Assert.Equal("22", Text(await store.ReadAsync("head", Token)));
        Assert.Equal(2, await store.ReadRangeAsync("head", 0, new byte[8], Token));
    }

    [Fact]
    public async Task Replacing_by_equal_content_gives_another_tag()
    {
        IBlobStore store = await StoreAsync();
        BlobTag tag = (await store.CreateAsync("same", Bytes("x"), Token))!.Value;
        var tags = new HashSet<BlobTag> { tag };

        for (int round = 0; round < 20; round++)
        {
            tag = (await store.ReplaceAsync("same", tag, Bytes("x"), Token))!.Value;
            Assert.True(tags.Add(tag), $"tag {tag} came twice");
        }

        await store.DeleteAsync("same", null, Token);
        Assert.True(tags.Add((await store.CreateAsync("same", Bytes("x"), Token))!.Value));
    }

    [Fact]
    public async Task Of_racing_creators_exactly_one_wins()
    {
        IBlobStore store = await StoreAsync();
        for (int round = 0; round < 5; round++)
        {
            string name = $"race/{round}";
            BlobTag?[] tags = await Task.WhenAll(Enumerable.Range(0, 16).Select(writer =>
                Task.Run(async () => await store.CreateAsync(name, Bytes($"writer {writer:00}"), Token), Token)));

            int winner = Array.FindIndex(tags, tag => tag is not null);
            Assert.Single(tags, tag => tag is not null);
            Assert.Equal($"writer {winner:00}", Text(await store.ReadAsync(name, Token)));
        }
    }

    [Fact]
    public async Task Of_racing_replacers_exactly_one_wins_each_round()
    {
        IBlobStore store = await StoreAsync();
        BlobTag tag = (await store.CreateAsync("race", Bytes("start"), Token))!.Value;
        for (int round = 0; round < 10; round++)
        {
            BlobTag expected = tag;
            BlobTag?[] tags = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer =>
                Task.Run(async () => await store.ReplaceAsync("race", expected, Bytes($"{round}/{writer}"), Token), Token)));

            tag = Assert.Single(tags, candidate => candidate is not null)!.Value;
            BlobContent? content = await store.ReadAsync("race", Token);
            Assert.Equal(tag, content!.Tag);
            Assert.Equal($"{round}/{Array.FindIndex(tags, candidate => candidate is not null)}", Text(content));
        }
    }

    [Fact]
    public async Task A_counter_replaced_by_many_loses_no_step()
    {
        IBlobStore store = await StoreAsync();
        await store.CreateAsync("counter", Bytes("0"), Token);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => CountAsync(store, 10), Token)));

        Assert.Equal("40", Text(await store.ReadAsync("counter", Token)));
    }

    [Fact]
    public async Task Of_racing_deleters_exactly_one_wins()
    {
        IBlobStore store = await StoreAsync();
        BlobTag? tag = await store.CreateAsync("gone", Bytes("x"), Token);

        bool[] deleted = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ =>
            Task.Run(async () => await store.DeleteAsync("gone", tag, Token), Token)));

        Assert.Single(deleted, won => won);
        Assert.Null(await store.ReadAsync("gone", Token));
    }

    [Fact]
    public async Task A_delete_with_a_stale_tag_does_nothing()
    {
        IBlobStore store = await StoreAsync();
        BlobTag first = (await store.CreateAsync("kept", Bytes("1"), Token))!.Value;
        BlobTag second = (await store.ReplaceAsync("kept", first, Bytes("2"), Token))!.Value;

        Assert.False(await store.DeleteAsync("kept", first, Token));
        Assert.NotNull(await store.ReadAsync("kept", Token));
        Assert.True(await store.DeleteAsync("kept", second, Token));
        Assert.Null(await store.ReadAsync("kept", Token));
        Assert.NotNull(await store.CreateAsync("kept", Bytes("3"), Token));
    }

    [Theory]
    [InlineData(0, 4, "0123")]
    [InlineData(3, 4, "3456")]
    [InlineData(8, 4, "89")]
    [InlineData(9, 1, "9")]
    [InlineData(10, 4, "")]
    [InlineData(1_000_000, 4, "")]
    [InlineData(0, 0, "")]
    [InlineData(5, 0, "")]
    public async Task A_range_ends_where_the_blob_ends(long offset, int length, string expected)
    {
        IBlobStore store = await StoreAsync();
        await store.CreateAsync("digits", Bytes("0123456789"), Token);
        byte[] buffer = new byte[length];

        int? read = await store.ReadRangeAsync("digits", offset, buffer, Token);

        Assert.Equal(expected.Length, read);
        Assert.Equal(expected, Encoding.ASCII.GetString(buffer, 0, read!.Value));
    }

    [Fact]
    public async Task A_range_sees_a_replaced_content()
    {
        IBlobStore store = await StoreAsync();
        BlobTag tag = (await store.CreateAsync("head", Bytes("old"), Token))!.Value;
        byte[] buffer = new byte[3];
        await store.ReadRangeAsync("head", 0, buffer, Token);

        await store.ReplaceAsync("head", tag, Bytes("new"), Token);

        Assert.Equal(3, await store.ReadRangeAsync("head", 0, buffer, Token));
        Assert.Equal("new", Encoding.ASCII.GetString(buffer));
        await store.DeleteAsync("head", null, Token);
        Assert.Null(await store.ReadRangeAsync("head", 0, buffer, Token));
    }

    [Fact]
    public async Task A_big_stream_arrives_bit_exact()
    {
        IBlobStore store = await StoreAsync();
        byte[] bytes = RandomBytes((20 << 20) + 12_345);
        using var stream = new MemoryStream(bytes, writable: false);

        BlobTag? tag = await store.CreateAsync("big", stream, Token);

        BlobContent? content = await store.ReadAsync("big", Token);
        Assert.Equal(tag, content!.Tag);
        Assert.True(content.Bytes.Span.SequenceEqual(bytes));
        byte[] range = new byte[100_000];
        Assert.Equal(range.Length, await store.ReadRangeAsync("big", (4 << 20) - 17, range, Token));
        Assert.True(range.AsSpan().SequenceEqual(bytes.AsSpan((4 << 20) - 17, range.Length)));
        Assert.Null(await store.CreateAsync("big", new MemoryStream(bytes), Token));
    }

    [Fact]
    public async Task A_listing_is_in_ordinal_order_of_the_whole_names()
    {
        IBlobStore store = await StoreAsync();
        string[] names =
        [
            "d/a-b", "d/a.b", "d/a/x", "d/a/y/z", "d/a0", "d/B", "d/_", "d/b", "e", "d/wal/00000000000000000001",
            "d/wal/00000000000000000999", "d/wal/00000000000000001000", "d/wal/00000000000000001001", "d/wal/0000000000000000",
            "d/wal/00000000000000000-x", "d/wal/00000000000000000500-y", "d/wal/000000000000000009999", "d/wal/x",
        ];
        foreach (string name in names)
        {
            Assert.NotNull(await store.CreateAsync(name, Bytes(name), Token));
        }

        Array.Sort(names, StringComparer.Ordinal);
        Assert.Equal(names, await NamesAsync(store, "", null));
        foreach (string prefix in (string[])["d/", "d/a", "d/a/", "d/wal/", "d/wal/0", "d/wal/00000000000000000", "d/wal/000000000000000005", "e", "e/", "none", "d/none/"])
        {
            string[] expected = [.. names.Where(name => name.StartsWith(prefix, StringComparison.Ordinal))];
            Assert.Equal(expected, await NamesAsync(store, prefix, null));
            foreach (string after in names)
            {
                Assert.Equal(expected.Where(name => string.CompareOrdinal(name, after) > 0), await NamesAsync(store, prefix, after));
            }
        }

        Assert.Equal(["d/wal/00000000000000001000", "d/wal/00000000000000001001", "d/wal/x"], await NamesAsync(store, "d/wal/", "d/wal/00000000000000000999z"));
    }

    [Fact]
    public async Task A_listing_tells_length_and_time()
    {
        IBlobStore store = await StoreAsync();
        await store.CreateAsync("l/a", Bytes("abc"), Token);
        BlobTag tag = (await store.CreateAsync("l/b", Bytes("abc"), Token))!.Value;
        await store.ReplaceAsync("l/b", tag, Bytes("abcdef"), Token);

        List<BlobEntry> entries = await store.ListAsync("l/", null, Token).ToListAsync(Token);

        Assert.Equal([3, 6], entries.Select(entry => entry.LengthBytes));
        Assert.All(entries, entry => Assert.InRange(entry.ModifiedAt, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddHours(1)));
    }

    [Fact]
    public async Task A_listing_may_be_left_in_the_middle_and_deleted_under()
    {
        IBlobStore store = await StoreAsync();
        for (int number = 0; number < 12; number++)
        {
            await store.CreateAsync($"m/{number:D20}", Bytes("x"), Token);
        }

        await foreach (BlobEntry entry in store.ListAsync("m/", null, Token))
        {
            Assert.True(await store.DeleteAsync(entry.Name, null, Token));
            if (entry.Name == $"m/{5:D20}")
            {
                break;
            }
        }

        Assert.Equal(Enumerable.Range(6, 6).Select(number => $"m/{number:D20}"), await NamesAsync(store, "m/", null));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("../a")]
    [InlineData("a/../b")]
    [InlineData("a/.")]
    [InlineData("a\\b")]
    [InlineData("a b")]
    [InlineData("a+/b")]
    [InlineData("ä")]
    [InlineData("a\0b")]
    public async Task A_bad_name_is_refused_everywhere(string name)
    {
        IBlobStore store = await StoreAsync();

        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReadAsync(name, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReadRangeAsync(name, 0, new byte[1], Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.GetPropertiesAsync(name, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.CreateAsync(name, Bytes("x"), Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.ReplaceAsync(name, new BlobTag("x"), Bytes("x"), Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.DeleteAsync(name, null, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.CopyAsync(name, "x", Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(async () => await store.CopyAsync("x", name, Token));
        Assert.Empty(await NamesAsync(store, "", null));
    }

    [Fact]
    public async Task A_cancelled_call_does_nothing()
    {
        IBlobStore store = await StoreAsync();
        BlobTag tag = (await store.CreateAsync("there", Bytes("1"), Token))!.Value;

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReadAsync("there", Cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.CreateAsync("new", Bytes("x"), Cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ReplaceAsync("there", tag, Bytes("2"), Cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.DeleteAsync("there", null, Cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.CopyAsync("there", "new", Cancelled));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await store.ListAsync("", null, Cancelled).ToListAsync(Token));

        Assert.Equal(["there"], await NamesAsync(store, "", null));
        Assert.Equal("1", Text(await store.ReadAsync("there", Token)));
    }

    [Fact]
    public async Task A_copy_is_read_back_whole_with_its_tag()
    {
        IBlobStore store = await StoreAsync();
        byte[] bytes = RandomBytes((2 << 20) + 8);
        await store.CreateAsync("c/from", bytes, Token);
        await store.CreateAsync("c/empty", Bytes(""), Token);

        BlobTag? tag = await store.CopyAsync("c/from", "d/e/to", Token);

        BlobContent? copy = await store.ReadAsync("d/e/to", Token);
        Assert.NotNull(tag);
        Assert.Equal(tag, copy!.Tag);
        Assert.True(copy.Bytes.Span.SequenceEqual(bytes));
        Assert.Equal(new BlobProperties(tag.Value, bytes.Length), await store.GetPropertiesAsync("d/e/to", Token));
        byte[] range = new byte[100];
        Assert.Equal(100, await store.ReadRangeAsync("d/e/to", 1_000, range, Token));
        Assert.True(range.AsSpan().SequenceEqual(bytes.AsSpan(1_000, 100)));
        Assert.NotNull(await store.CopyAsync("c/empty", "d/empty", Token));
        Assert.Equal(["d/e/to", "d/empty"], await NamesAsync(store, "d/", null));
    }

    [Fact]
    public async Task A_copy_onto_a_taken_name_changes_nothing()
    {
        IBlobStore store = await StoreAsync();
        await store.CreateAsync("from", Bytes("new"), Token);
        BlobTag? tag = await store.CreateAsync("to", Bytes("old"), Token);

        Assert.Null(await store.CopyAsync("from", "to", Token));
        Assert.Null(await store.CopyAsync("none", "to", Token));

        BlobContent? content = await store.ReadAsync("to", Token);
        Assert.Equal("old", Text(content));
        Assert.Equal(tag, content!.Tag);
    }

    [Fact]
    public async Task A_copy_of_nothing_fails_and_makes_nothing()
    {
        IBlobStore store = await StoreAsync();
        await store.CreateAsync("f/g/there", Bytes("x"), Token);

        foreach (string from in (string[])["none", "f/g", "f/none", "none/none"])
        {
            BlobStoreException error = await Assert.ThrowsAsync<BlobStoreException>(async () => await store.CopyAsync(from, "t/to", Token));
            Assert.Equal(BlobFailure.SourceMissing, error.Failure);
            Assert.Equal(from, error.BlobName);
        }

        Assert.Equal(["f/g/there"], await NamesAsync(store, "", null));
    }

    [Fact]
    public async Task A_copy_and_its_source_live_on_their_own()
    {
        IBlobStore store = await StoreAsync();
        BlobTag first = (await store.CreateAsync("a", Bytes("1"), Token))!.Value;
        BlobTag copy = (await store.CopyAsync("a", "b", Token))!.Value;
        await store.CopyAsync("b", "c", Token);
        byte[] one = new byte[1];
        await store.ReadRangeAsync("a", 0, one, Token);
        await store.ReadRangeAsync("b", 0, one, Token);

        BlobTag replaced = (await store.ReplaceAsync("a", first, Bytes("2"), Token))!.Value;
        Assert.Equal("1", Text(await store.ReadAsync("b", Token)));
        Assert.NotNull(await store.ReplaceAsync("b", copy, Bytes("33"), Token));
        Assert.Equal("2", Text(await store.ReadAsync("a", Token)));
        Assert.Equal(replaced, (await store.GetPropertiesAsync("a", Token))!.Tag);
        Assert.True(await store.DeleteAsync("a", null, Token));
        Assert.True(await store.DeleteAsync("b", null, Token));

        Assert.Equal("1", Text(await store.ReadAsync("c", Token)));
        Assert.Equal(["c"], await NamesAsync(store, "", null));
    }

    [Fact]
    public async Task Of_racing_copies_and_creates_exactly_one_wins()
    {
        IBlobStore store = await StoreAsync();
        for (int source = 0; source < 4; source++)
        {
            await store.CreateAsync($"from/{source}", Bytes($"copy {source}"), Token);
        }

        for (int round = 0; round < 5; round++)
        {
            string name = $"race/{round}";
            BlobTag?[] tags = await Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(
                async () => writer < 4
                    ? await store.CopyAsync($"from/{writer}", name, Token)
                    : await store.CreateAsync(name, Bytes($"create {writer}"), Token),
                Token)));

            Assert.Single(tags, tag => tag is not null);
            int winner = Array.FindIndex(tags, tag => tag is not null);
            Assert.Equal(winner < 4 ? $"copy {winner}" : $"create {winner}", Text(await store.ReadAsync(name, Token)));
        }
    }

    [Fact]
    public async Task The_buffer_of_a_write_may_be_reused_at_once()
    {
        IBlobStore store = await StoreAsync();
        byte[] buffer = [1, 2, 3];
        BlobTag tag = (await store.CreateAsync("reuse", buffer, Token))!.Value;
        buffer.AsSpan().Fill(9);
        Assert.Equal([1, 2, 3], (await store.ReadAsync("reuse", Token))!.Bytes.ToArray());

        await store.ReplaceAsync("reuse", tag, buffer, Token);
        buffer.AsSpan().Clear();

        Assert.Equal([9, 9, 9], (await store.ReadAsync("reuse", Token))!.Bytes.ToArray());
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        await CloseAsync();
    }

    protected static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);

    protected static string? Text(BlobContent? content) => content is null ? null : Encoding.ASCII.GetString(content.Bytes.Span);

    protected static byte[] RandomBytes(int length)
    {
        var random = new SeededRandom(Seed);
        byte[] bytes = new byte[length];
        for (int i = 0; i + 8 <= length; i += 8)
        {
            BitConverter.TryWriteBytes(bytes.AsSpan(i), random.NextUInt64());
        }

        return bytes;
    }

    protected static async Task<string[]> NamesAsync(IBlobStore store, string prefix, string? after) =>
        [.. (await store.ListAsync(prefix, after, Token).ToListAsync(Token)).Select(entry => entry.Name)];

    protected async ValueTask<IBlobStore> StoreAsync() => _store ??= await OpenAsync();

    private static async Task CountAsync(IBlobStore store, int steps)
    {
        for (int done = 0; done < steps;)
        {
            BlobContent content = (await store.ReadAsync("counter", Token))!;
            byte[] next = Bytes((int.Parse(Text(content)!, System.Globalization.CultureInfo.InvariantCulture) + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
            done += await store.ReplaceAsync("counter", content.Tag, next, Token) is null ? 0 : 1;
        }
    }
}
