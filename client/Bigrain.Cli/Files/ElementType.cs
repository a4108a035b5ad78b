namespace Bigrain.Cli.Files;

/// <summary>How an element of a vector stands in a file.</summary>
internal enum ElementType
{
    /// <summary>float32, little endian.</summary>
    Float32,

    /// <summary>float16, little endian.</summary>
    Float16,

    /// <summary>float64, little endian.</summary>
    Float64,

    /// <summary>Unsigned byte.</summary>
    UInt8,

    /// <summary>Signed byte.</summary>
    Int8,

    /// <summary>int16, big endian (idx).</summary>
    Int16BigEndian,

    /// <summary>int32, big endian (idx).</summary>
    Int32BigEndian,

    /// <summary>float32, big endian (idx).</summary>
    Float32BigEndian,

    /// <summary>float64, big endian (idx).</summary>
    Float64BigEndian,
}
