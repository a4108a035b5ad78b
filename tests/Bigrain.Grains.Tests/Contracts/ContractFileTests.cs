using System.Reflection;
using Bigrain.Contracts;
using Bigrain.Grains.Hosting;
using Bigrain.TestKit.Files;

namespace Bigrain.Grains.Tests.Contracts;

/// <summary>Silos of two versions talk to each other during an upgrade: what a name or an id means may never change.</summary>
public sealed class ContractFileTests
{
    private const string Update = "BIGRAIN_UPDATE_CONTRACT";
    private const string Command = Update + "=1 dotnet run -c Release --project tests/Bigrain.Grains.Tests -- -class '*ContractFileTests'";

    private static readonly Assembly[] Assemblies = [typeof(PackedBytes).Assembly, typeof(GrainServices).Assembly];

    private static readonly string File =
        Path.Combine(SharedData.RepositoryRoot, "tests", "Bigrain.Grains.Tests", "Contracts", "contract.txt");

    [Fact]
    public async Task The_contract_is_the_one_that_was_checked_in()
    {
        string[] now = ContractText.Write(Assemblies);
        string[] known = System.IO.File.Exists(File)
            ? await System.IO.File.ReadAllLinesAsync(File, TestContext.Current.CancellationToken)
            : [];
        string[] breaks = [.. ContractText.Breaks(known, now)];
        Assert.True(
            breaks.Length == 0,
            "another version of a silo would misunderstand this; take a new id, alias or method name instead:\n" + string.Join('\n', breaks));

        string[] next = ContractText.Retire(known, now);
        if (Environment.GetEnvironmentVariable(Update) is { Length: > 0 })
        {
            await System.IO.File.WriteAllLinesAsync(File, next, TestContext.Current.CancellationToken);
            return;
        }

        string[] differences = [.. next.Except(known).Select(line => "+ " + line), .. known.Except(next).Select(line => "- " + line)];
        Assert.True(
            differences.Length == 0,
            $"the contract grew or something went out of use; if that is meant, write the file anew with\n  {Command}\n" + string.Join('\n', differences));
    }

    [Fact]
    public void An_id_that_changes_its_meaning_is_a_break()
    {
        string[] known = ["bigrain.Hit = class", "bigrain.Hit # 0 = Id: Int64", "bigrain.Hit # 1 = Score: Single", "bigrain.Hit # 2 = retired"];

        Assert.Empty(ContractText.Breaks(known, [.. known[..3], "bigrain.Hit # 3 = Payload: Byte[]"]));
        Assert.Empty(ContractText.Breaks(known, known[..2]));
        Assert.Single(ContractText.Breaks(known, [.. known[..2], "bigrain.Hit # 1 = Score: Double"]));
        Assert.Single(ContractText.Breaks(known, [.. known[..3], "bigrain.Hit # 2 = Payload: Byte[]"]));
        Assert.Single(ContractText.Breaks(known, [.. known[..3], "bigrain.Hit = class"]));
        Assert.Contains("bigrain.Hit # 1 = retired", ContractText.Retire(known, known[..2]));
    }
}
