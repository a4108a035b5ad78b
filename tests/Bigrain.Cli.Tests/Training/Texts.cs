using System.Globalization;
using System.Text.Json;
using Bigrain.Training.Numerics;

namespace Bigrain.Cli.Tests.Training;

/// <summary>Texts of a few subjects, made from a seed: titles and bodies of one subject use other words for the same things.</summary>
internal static class Texts
{
    private static readonly string[] Filler = ["again", "often", "later", "still", "perhaps", "almost", "rather", "indeed"];

    /// <summary>Writes texts to a file of JSON lines.</summary>
    public static void Write(string path, int count, ulong seed = 1)
    {
        var random = new SeededRandom(seed);
        File.WriteAllLines(path, Enumerable.Range(0, count).Select(i => JsonSerializer.Serialize(new { id = $"d{i}", title = Title(i, random), text = Body(i, random) })));
    }

    private static string Title(int number, SeededRandom random) =>
        string.Create(CultureInfo.InvariantCulture, $"About {Word(number % 40, random, "head")} and {Word(number % 40, random, "head")} of {Word(number % 40, random, "head")}");

    private static string Body(int number, SeededRandom random) => string.Join(' ', Enumerable.Range(0, 4).Select(_ => string.Create(
        CultureInfo.InvariantCulture,
        $"The {Word(number % 40, random, "body")} is {Filler[random.Next(Filler.Length)]} near the {Word(number % 40, random, "body")} with a {Word(number % 40, random, "body")} {Filler[random.Next(Filler.Length)]}.")));

    private static string Word(int subject, SeededRandom random, string kind) =>
        string.Create(CultureInfo.InvariantCulture, $"{kind}{(char)('a' + (subject % 26))}{(char)('a' + (subject / 26))}{(char)('a' + random.Next(6))}");
}
