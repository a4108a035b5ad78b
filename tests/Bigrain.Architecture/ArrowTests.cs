namespace Bigrain.Architecture;

/// <summary>The arrows of docs/ARCHITECTURE.md.</summary>
public sealed class ArrowTests
{
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Bigrain.Kernels"] = [],
        ["Bigrain.Index"] = ["Bigrain.Kernels"],
        ["Bigrain.Contracts"] = [],
        ["Bigrain.Grains"] = ["Bigrain.Contracts", "Bigrain.Index"],
        ["Bigrain.Training"] = ["Bigrain.Index", "Bigrain.Kernels"],
        ["Bigrain.Storage"] = ["Bigrain.Index"],
        ["Bigrain.Silo"] = ["Bigrain.Grains", "Bigrain.Storage", "Bigrain.Api"],
        ["Bigrain.Api"] = [],
        ["Bigrain.Client"] = ["Bigrain.Api"],
        ["Bigrain.Cli"] = ["Bigrain.Client", "Bigrain.Silo", "Bigrain.Storage", "Bigrain.Index", "Bigrain.Training"],
    };

    [Fact]
    public void Every_product_project_is_in_the_table() =>
        Assert.Equal(Allowed.Keys.Order(), Repository.ProductProjects.Select(NameOf).Order());

    [Fact]
    public void Projects_reference_only_what_the_table_allows()
    {
        foreach (FileInfo project in Repository.ProductProjects)
        {
            Assert.Empty(Repository.References(project, "ProjectReference").Except(Allowed[NameOf(project)]));
        }
    }

    [Theory]
    [InlineData("Bigrain.Kernels")]
    [InlineData("Bigrain.Index")]
    [InlineData("Bigrain.Training")]
    [InlineData("Bigrain.Storage")]
    [InlineData("Bigrain.Api")]
    [InlineData("Bigrain.Client")]
    public void Projects_below_the_actors_know_no_Orleans(string name)
    {
        FileInfo project = Repository.ProductProjects.Single(file => NameOf(file) == name);
        Assert.DoesNotContain(Repository.Packages(project), package => package.StartsWith("Microsoft.Orleans", StringComparison.Ordinal));
    }

    [Fact]
    public void Kernels_use_nothing_beyond_the_base_library()
    {
        FileInfo project = Repository.ProductProjects.Single(file => NameOf(file) == "Bigrain.Kernels");
        Assert.Empty(Repository.Packages(project));
    }

    private static string NameOf(FileInfo project) => Path.GetFileNameWithoutExtension(project.Name);
}
