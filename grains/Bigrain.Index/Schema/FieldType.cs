namespace Bigrain.Index.Schema;

/// <summary>Type of a payload field declared for filters.</summary>
public enum FieldType
{
    /// <summary>Text compared whole.</summary>
    Keyword = 0,

    /// <summary>64-bit signed integer.</summary>
    Int64 = 1,

    /// <summary>64-bit float.</summary>
    Float64 = 2,

    /// <summary>True or false.</summary>
    Bool = 3,

    /// <summary>Point in time, ISO 8601.</summary>
    Timestamp = 4,
}
