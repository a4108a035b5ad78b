using Bigrain.Index.Errors;

namespace Bigrain.Cli.Files;

/// <summary>Opens vector files by what they are.</summary>
internal static class VectorFiles
{
    /// <summary>The formats, for messages and help.</summary>
    public const string Formats = ".npy .fvecs .bvecs .fbin .f16bin .u8bin .i8bin .jsonl, idx by its magic, each gzipped or not";

    /// <summary>Opens a file: by its extension, otherwise by its first bytes.</summary>
    /// <param name="path">The file; a further <c>.gz</c> does not matter.</param>
    /// <returns>The file at its first row.</returns>
    /// <exception cref="BigrainException">Not there, not of a known format, or damaged in its header.</exception>
    public static IVectorFile Open(string path)
    {
        string name = path.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? path[..^3] : path;
        string extension = Path.GetExtension(name).ToLowerInvariant();
        ByteSource source = ByteSource.Open(path);
        try
        {
            return extension switch
            {
                ".fbin" => new FixedRowFile(source, BinHeader.Read(source, ElementType.Float32)),
                ".f16bin" => new FixedRowFile(source, BinHeader.Read(source, ElementType.Float16)),
                ".u8bin" => new FixedRowFile(source, BinHeader.Read(source, ElementType.UInt8)),
                ".i8bin" => new FixedRowFile(source, BinHeader.Read(source, ElementType.Int8)),
                ".fvecs" => new PrefixedRowFile(source, ElementType.Float32),
                ".bvecs" => new PrefixedRowFile(source, ElementType.UInt8),
                ".npy" => new FixedRowFile(source, NpyHeader.Read(source)),
                ".jsonl" or ".ndjson" => new JsonLinesFile(source),
                _ => OpenByMagic(path, ref source),
            };
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    private static FixedRowFile OpenByMagic(string path, ref ByteSource source)
    {
        Span<byte> start = stackalloc byte[8];
        int read = source.Read(start, row: 0);
        bool isNpy = NpyHeader.Matches(start[..read]);
        if (!isNpy && !IdxHeader.Matches(start[..read]))
        {
            throw FileFault.Unsupported(path, $"is of no known format; these are read: {Formats}");
        }

        source.Dispose();
        source = ByteSource.Open(path);
        return new FixedRowFile(source, isNpy ? NpyHeader.Read(source) : IdxHeader.Read(source));
    }
}
