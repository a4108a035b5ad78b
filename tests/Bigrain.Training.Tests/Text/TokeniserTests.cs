using Bigrain.Training.Text;

namespace Bigrain.Training.Tests.Text;

public sealed class TokeniserTests
{
    [Theory]
    [InlineData("The BitArray.And(HTTPServer, Int32[])", "the bit array and http server int32")]
    [InlineData("a b-c; x", "")]
    [InlineData("Größe naïve 42", "größe naïve 42")]
    [InlineData("", "")]
    public void Words_are_lower_case_and_cut_where_the_case_changes(string text, string expected)
    {
        List<string> words = [];
        Tokeniser.Read(text, words);
        Assert.Equal(expected, string.Join(' ', words));
    }

    [Fact]
    public void A_long_word_is_cut_off()
    {
        List<string> words = [];
        Tokeniser.Read(new string('x', 1_000), words);
        Assert.Equal([new string('x', 40)], words);
    }

    [Fact]
    public void The_hash_of_a_word_never_changes() => Assert.Equal(102_473_279_514_241UL, Tokeniser.Hash("vector"));

    [Fact]
    public void Sentences_end_at_full_stops_with_a_blank_behind_them() =>
        Assert.Equal(["Version 4.2 is out.", "Is it?", "Yes"], Sentences.Split("Version 4.2 is out. Is it?\n ... Yes"));
}
