using Bigrain.Index.Errors;
using Bigrain.Training.Data;

namespace Bigrain.Training.Tests.Data;

public sealed class XmlDocumentationTests : IDisposable
{
    private const string Text = """
        <?xml version="1.0" encoding="utf-8"?>
        <doc><assembly><name>A</name></assembly><members>
          <member name="M:N.Sorter.Sort(System.Int32[])">
            <summary>Puts the numbers of a <see cref="T:System.Array" /> into order.</summary>
            <param name="values">Numbers that are sorted in place by this call.</param>
            <returns>How many swaps were needed. Puts the numbers of a Array into order. It also counts the numbers of a Array into order again.</returns>
          </member>
          <member name="M:N.Sorter.Sort(System.Span{System.Int32})">
            <summary>Puts the numbers   of a <see cref="T:System.Array" /> into order.</summary>
            <remarks><para>Works on a span, and never <see langword="null" />.</para><para>Takes n log n steps.</para></remarks>
          </member>
          <member name="M:N.Sorter.Bare"><summary>Has a summary and nothing else at all.</summary></member>
          <member name="M:N.Sorter.Other">
            <summary>Reverses the order of all elements.</summary>
            <param name="values">Elements to be reversed in place by this call.</param>
          </member>
        </members></doc>
        """;

    private readonly string _folder = Directory.CreateTempSubdirectory("bigrain-xml-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_query_is_a_summary_and_members_with_the_same_one_share_it()
    {
        TextSet set = Load(documents: 3);
        Assert.Equal(["Puts the numbers of a Array into order.", "Reverses the order of all elements."], set.Queries.Select(static query => query.Text));
        Assert.Equal([0, 1], set.Relevant.Of(0).ToArray());
        Assert.Equal([2], set.Relevant.Of(1).ToArray());
        Assert.Equal("M:N.Sorter.Sort(System.Int32[])", set.Documents[0].Id);
        Assert.Equal("N.Sorter.Sort(System.Int32[])", set.Documents[0].Title);
    }

    [Fact]
    public void The_summary_is_not_in_the_document() =>
        Assert.Equal("values Numbers that are sorted in place by this call. How many swaps were needed. . It also counts again.", Load(documents: 3).Documents[0].Text);

    [Fact]
    public void References_read_as_the_last_part_of_their_name() =>
        Assert.Equal("Works on a span, and never null .Takes n log n steps.", Load(documents: 3).Documents[1].Text);

    [Fact]
    public void Members_that_are_in_two_files_or_say_nothing_count_once_or_not()
    {
        BigrainException error = Assert.Throws<BigrainException>(() => Load(documents: 4));
        Assert.Contains("document 3 members", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_SDK_at_hand_gives_the_set_of_the_experiments_without_a_leak()
    {
        string? packs = XmlDocumentation.FindPacks();
        Assert.SkipWhen(packs is null, "no reference packs beside the runtime: an SDK has them, a runtime alone has not");
        TextSet set = XmlDocumentation.Load(XmlDocumentation.FilesOf(packs), new XmlDocumentationOptions());
        Assert.Equal(20_000, set.Documents.Count);
        Assert.Equal((4_000, 400, 1_000), (set.Split.Training.Length, set.Split.Validation.Length, set.Split.Test.Length));
        Assert.Empty(set.Split.Training.Intersect(set.Split.Test).Union(set.Split.Training.Intersect(set.Split.Validation)));
        foreach (int query in set.Split.Test)
        {
            foreach (int row in set.Relevant.Of(query))
            {
                Assert.DoesNotContain(set.Queries[query].Text.TrimEnd('.'), set.Documents[row].Text, StringComparison.OrdinalIgnoreCase);
            }
        }
    }

    private TextSet Load(int documents)
    {
        string one = Path.Combine(_folder, "A.xml");
        File.WriteAllText(one, Text);
        string two = Path.Combine(_folder, "B.xml");
        File.WriteAllText(two, Text);
        return XmlDocumentation.Load([one, two], new XmlDocumentationOptions(documents, 1, 0, 1));
    }
}
