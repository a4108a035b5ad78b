namespace Bigrain.Index.Garbage;

/// <summary>Planted bugs, to prove that the simulation finds them; always <see cref="None"/> outside it.</summary>
[Flags]
internal enum GarbageFlaws
{
    None = 0,

    /// <summary>Builders are not fenced before what no manifest names is deleted.</summary>
    SkipBump = 1,

    /// <summary>A pass does not read HEADs and what they lead to again, but trusts what the one before it read.</summary>
    SkipHeadReread = 2,

    /// <summary>A pass does not read pins again, but trusts those that the one before it read.</summary>
    SkipPinReread = 4,

    /// <summary>What is found unreachable is deleted in the same pass.</summary>
    OnePass = 8,

    /// <summary>The log is trimmed by the floors of the current generation alone.</summary>
    TrimByCurrentOnly = 16,
}
