using Bigrain.Index.Documents;
using Bigrain.Index.Segments;
using Xunit;

namespace Bigrain.Index.Tests.Documents;

public sealed class FetchedDocumentTests
{
    private const int VersionBytes = sizeof(long) + sizeof(int);

    [Fact]
    public void A_document_travels_with_its_version_and_the_end_of_its_life()
    {
        FetchedDocument[] sent = [Make("a", 7, 4_000_000_000_000), Make("b", 8, 0)];
        FetchedDocument[] read = FetchedDocument.Decode(FetchedDocument.Encode(sent));
        Assert.Equal(sent.Select(Text), read.Select(Text));
    }

    [Theory]
    [InlineData(2 * sizeof(long), 7L)]
    [InlineData(2 * (sizeof(long) + VersionBytes), 0L)]
    public void What_an_older_silo_sends_lacks_only_what_it_does_not_know(int missing, long sequence)
    {
        byte[] bytes = FetchedDocument.Encode([Make("a", 7, 4_000_000_000_000), Make("b", 7, 0)]);
        FetchedDocument[] read = FetchedDocument.Decode(bytes.AsSpan(0, bytes.Length - missing));
        Assert.Equal(["a", "b"], read.Select(static document => System.Text.Encoding.UTF8.GetString(document.Id.Span)));
        Assert.All(read, document => Assert.Equal((sequence, 0L), (document.Version.Sequence, document.ExpiresAtMilliseconds)));
    }

    private static FetchedDocument Make(string id, long sequence, long expiresAt) => new(System.Text.Encoding.UTF8.GetBytes(id), [1, 2], "{}"u8.ToArray())
    {
        Version = new RowVersion(sequence, 3),
        ExpiresAtMilliseconds = expiresAt,
    };

    private static string Text(FetchedDocument document) => FormattableString.Invariant(
        $"{System.Text.Encoding.UTF8.GetString(document.Id.Span)} {document.Vector.Length} {document.Payload.Length} {document.Version} {document.ExpiresAtMilliseconds}");
}
