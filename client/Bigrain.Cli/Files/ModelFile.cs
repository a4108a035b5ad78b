using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;
using Bigrain.Index.Models;

namespace Bigrain.Cli.Files;

/// <summary>Reads a trained model from a file; a damaged one is not sent.</summary>
internal static class ModelFile
{
    /// <summary>Reads and checks it.</summary>
    /// <exception cref="BigrainException">There is no such file, or it is no model.</exception>
    public static ReadOnlyMemory<byte> Read(string path)
    {
        try
        {
            return TrainedModel.Parse(path, File.ReadAllBytes(path)).ToBlob();
        }
        catch (CorruptBlobException fault)
        {
            throw new BigrainException(ErrorCode.DataCorrupt, $"{path}: no sound model: {fault.Message}", FileFault.Field, fault);
        }
        catch (Exception fault) when (fault is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new BigrainException(ErrorCode.NotFound, $"{path}: no such file", FileFault.Field, fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new BigrainException(ErrorCode.InvalidArgument, $"{path}: cannot be opened: {fault.Message}", FileFault.Field, fault);
        }
    }
}
