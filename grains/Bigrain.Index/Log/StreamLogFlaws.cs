namespace Bigrain.Index.Log;

/// <summary>Planted bugs, to prove that the fault simulation finds them; always <see cref="None"/> outside it.</summary>
[Flags]
internal enum StreamLogFlaws
{
    None = 0,

    /// <summary>Acknowledge without looking whether EPOCH still stands.</summary>
    SkipEpochCheck = 1,

    /// <summary>After an unknown outcome go on with the next name instead of settling this one.</summary>
    ForgetUnknownOutcome = 2,

    /// <summary>Open a log without learning which batches it holds.</summary>
    ForgetBatchIds = 4,
}
