using Bigrain.Cli.Files;
using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Numerics;
using Bigrain.Training.Text;

namespace Bigrain.Cli.Training;

/// <summary>Sets that need nothing but their name: what experiments run on, and what a training can be tried with.</summary>
internal static class NamedSets
{
    /// <summary>The names, for help.</summary>
    public const string Names = "xml-doc, synthetic, synthetic-small, a folder with corpus.jsonl, queries.jsonl and qrels.tsv, or a file of vectors, whose exact neighbours are relevant";

    /// <summary>Loads a set.</summary>
    /// <param name="name">Its name, folder or file.</param>
    /// <param name="dimension">Dimension of the encoder of texts.</param>
    /// <param name="seed">Seed of what is drawn.</param>
    public static LoadedInput Load(string name, int dimension, ulong seed) => name switch
    {
        "xml-doc" => Encoded(XmlDoc(seed), dimension),
        "synthetic" => new LoadedInput(SyntheticSet.Make(new SyntheticOptions { Seed = seed }).Set, null),
        "synthetic-small" => new LoadedInput(SyntheticSet.Make(SyntheticOptions.Small with { Seed = seed }).Set, null),
        _ when BeirFolder.Exists(name) => Encoded(BeirFolder.Load(NameOf(name), name, seed: seed), dimension),
        _ when File.Exists(name) => new LoadedInput(Unlabelled(name, seed), null),
        _ => throw new BigrainException(ErrorCode.NotFound, $"{name} is no set; use {Names}", "set"),
    };

    private static TextSet XmlDoc(ulong seed)
    {
        string packs = XmlDocumentation.FindPacks()
            ?? throw new BigrainException(ErrorCode.NotFound, "no reference packs of .NET are beside this runtime; install the SDK, or set DOTNET_ROOT to its folder", "set");
        return XmlDocumentation.Load(XmlDocumentation.FilesOf(packs), new XmlDocumentationOptions { Seed = seed });
    }

    private static LoadedInput Encoded(TextSet set, int dimension)
    {
        FrozenEncoder encoder = set.FitEncoder(new EncoderOptions { Dimension = dimension });
        return new LoadedInput(set.Encode(encoder), encoder);
    }

    private static TrainingSet Unlabelled(string path, ulong seed)
    {
        var vectors = VectorMatrix.Load(path, RowWindow.All);
        int queries = Math.Min(3_000, vectors.RowCount / 5);
        int test = queries / 4;
        int validation = queries / 10;
        return UnlabelledVectors.Make(
            NameOf(path), new Matrix(vectors.Values, vectors.RowCount, vectors.Dimension), queries - test - validation, validation, test, seed: seed);
    }

    private static string NameOf(string path)
    {
        string full = Path.GetFullPath(path).TrimEnd('/');
        string name = Path.GetFileNameWithoutExtension(full);
        return name is "vectors" or "base" ? Path.GetFileName(Path.GetDirectoryName(full)) ?? name : name;
    }
}
