namespace Bigrain.Index.Schema;

/// <summary>Element type of the dense records that verify.</summary>
public enum DenseType
{
    /// <summary>32-bit float: bit-exact, the default.</summary>
    Fp32 = 0,

    /// <summary>IEEE half: 2 bytes an element.</summary>
    Fp16 = 1,

    /// <summary>Signed byte with one fp32 scale per vector: 1 byte an element and 4 bytes.</summary>
    Int8 = 2,
}
