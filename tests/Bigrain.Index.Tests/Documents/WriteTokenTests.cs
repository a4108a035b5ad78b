using Bigrain.Index.Documents;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;
using Xunit;

namespace Bigrain.Index.Tests.Documents;

public sealed class WriteTokenTests
{
    private static readonly CollectionIncarnation Incarnation = new("00112233445566778899aabbccddeeff");

    [Fact]
    public void A_token_survives_its_text_and_merges_by_stream()
    {
        WriteToken first = Token((0, 5), (3, 9));
        WriteToken second = Token((0, 7), (2, 1));
        WriteToken merged = WriteToken.Parse(first.Merge(second).ToString(), Incarnation, 4)!;
        Assert.Equal([7L, 0, 1, 9], Enumerable.Range(0, 4).Select(merged.SequenceOf));
        Assert.Equal("1.00112233445566778899aabbccddeeff.0-7.2-1.3-9", merged.ToString());
        Assert.Empty(WriteToken.Parse(Token().ToString(), Incarnation, 4)!.Sequences);
    }

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("1.abc.0-5")]
    [InlineData("2.00112233445566778899aabbccddeeff.0-5")]
    [InlineData("1.00112233445566778899aabbccddeeff.0-")]
    [InlineData("1.00112233445566778899aabbccddeeff.-1-5")]
    [InlineData("1.00112233445566778899aabbccddeeff.0-5.0-6")]
    [InlineData("1.00112233445566778899aabbccddeeff.0-99999999999999999999")]
    [InlineData("1.00112233445566778899aabbccddeeff.4-1")]
    public void A_damaged_token_is_refused(string text)
    {
        BigrainException error = Assert.Throws<BigrainException>(() => WriteToken.Parse(text, Incarnation, 4));
        Assert.Equal(ErrorCode.InvalidArgument, error.Code);
        Assert.Equal("token", error.Field);
    }

    [Theory]
    [InlineData("1.ffeeddccbbaa99887766554433221100.0-5")]
    [InlineData("1.ffeeddccbbaa99887766554433221100.9-5")]
    public void A_token_of_another_life_says_nothing(string text) => Assert.Null(WriteToken.Parse(text, Incarnation, 4));

    private static WriteToken Token(params (int Stream, long Sequence)[] sequences) =>
        new(Incarnation, sequences.Select(s => KeyValuePair.Create(s.Stream, s.Sequence)));
}
