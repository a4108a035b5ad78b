using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace Bigrain.Cli.Tests.Files;

/// <summary>Writes sample files of every format with the same small whole numbers, which every element type holds exactly.</summary>
internal static class Samples
{
    public static float[,] Matrix(int rows, int dimension)
    {
        float[,] matrix = new float[rows, dimension];
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < dimension; j++)
            {
                matrix[i, j] = ((i * 7) + (j * 3)) % 100;
            }
        }

        return matrix;
    }

    public static byte[] Bin<T>(float[,] matrix, Func<float, T> narrow)
        where T : unmanaged
    {
        byte[] header = new byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(header, matrix.GetLength(0));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(4), matrix.GetLength(1));
        return [.. header, .. Body(matrix, narrow)];
    }

    public static byte[] Npy<T>(float[,] matrix, string descr, Func<float, T> narrow, int version = 1, string order = "False", string? shape = null)
        where T : unmanaged
    {
        shape ??= $"({matrix.GetLength(0)}, {matrix.GetLength(1)})";
        string text = $"{{'descr': '{descr}', 'fortran_order': {order}, 'shape': {shape}, }}";
        int prefix = version == 1 ? 10 : 12;
        text = text.PadRight((((prefix + text.Length + 1) / 64) + 1) * 64 - prefix - 1) + "\n";
        byte[] size = version == 1 ? BitConverter.GetBytes((ushort)text.Length) : BitConverter.GetBytes((uint)text.Length);
        return [0x93, .. "NUMPY"u8, (byte)version, 0, .. size, .. Encoding.ASCII.GetBytes(text), .. Body(matrix, narrow)];
    }

    public static byte[] Vecs<T>(float[,] matrix, Func<float, T> narrow)
        where T : unmanaged
    {
        List<byte> bytes = [];
        for (int i = 0; i < matrix.GetLength(0); i++)
        {
            bytes.AddRange(BitConverter.GetBytes(matrix.GetLength(1)));
            for (int j = 0; j < matrix.GetLength(1); j++)
            {
                T element = narrow(matrix[i, j]);
                bytes.AddRange(MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref element)));
            }
        }

        return [.. bytes];
    }

    public static byte[] Idx(float[,] matrix, int height)
    {
        byte[] header = [0, 0, 8, 3, .. BigEndian(matrix.GetLength(0)), .. BigEndian(height), .. BigEndian(matrix.GetLength(1) / height)];
        return [.. header, .. Body(matrix, static x => (byte)x)];
    }

    public static byte[] JsonLines(float[,] matrix)
    {
        StringBuilder text = new();
        for (int i = 0; i < matrix.GetLength(0); i++)
        {
            IEnumerable<float> row = Enumerable.Range(0, matrix.GetLength(1)).Select(j => matrix[i, j]);
            text.Append($"{{\"_id\":\"doc{i}\",\"title\":\"t{i}\",\"vector\":[{string.Join(',', row)}],\"year\":{2000 + i}}}\n");
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }

    public static byte[] Gzip(byte[] bytes)
    {
        using MemoryStream packed = new();
        using (GZipStream gzip = new(packed, CompressionLevel.Fastest))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static byte[] BigEndian(int value)
    {
        byte[] bytes = new byte[4];
        BinaryPrimitives.WriteInt32BigEndian(bytes, value);
        return bytes;
    }

    private static byte[] Body<T>(float[,] matrix, Func<float, T> narrow)
        where T : unmanaged
    {
        T[] elements = [.. matrix.Cast<float>().Select(narrow)];
        return MemoryMarshal.AsBytes(elements.AsSpan()).ToArray();
    }
}
