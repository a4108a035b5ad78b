using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Bigrain.Cli.Importing;

/// <summary>Names batches after the files and the row range, so that a second run within the hour changes nothing.</summary>
internal sealed class BatchNames
{
    private readonly string _input;

    /// <summary>Takes the identity of the input: paths, lengths, times of change, collection.</summary>
    public BatchNames(ImportJob job, string? incarnation)
    {
        StringBuilder input = new();
        input.Append(job.Collection).Append('\n').Append(incarnation).Append('\n').Append(job.Salt).Append('\n');
        foreach (string path in job.IdsPath is null ? job.Paths : [.. job.Paths, job.IdsPath])
        {
            FileInfo file = new(path);
            input.Append(CultureInfo.InvariantCulture, $"{file.FullName}\n{file.Length}\n{file.LastWriteTimeUtc.Ticks}\n");
        }

        _input = input.ToString();
    }

    /// <summary>Names a range of rows.</summary>
    public string Of(long firstRow, int rowCount)
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{_input}{firstRow}+{rowCount}"));
        return Convert.ToHexStringLower(SHA256.HashData(text).AsSpan(0, 16));
    }
}
