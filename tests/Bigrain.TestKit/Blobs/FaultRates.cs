namespace Bigrain.TestKit.Blobs;

/// <summary>How often each fault strikes, as probabilities per operation; all 0 by default.</summary>
public sealed record FaultRates
{
    /// <summary>Any operation fails before it reaches the store (<c>Transient</c>).</summary>
    public double Transient { get; init; }

    /// <summary>A write never reaches the store, but nobody can tell (<c>OutcomeUnknown</c>).</summary>
    public double LostRequest { get; init; }

    /// <summary>A write happens, its answer is lost (<c>OutcomeUnknown</c>).</summary>
    public double LostReply { get; init; }

    /// <summary>A write is reported as <c>OutcomeUnknown</c> and reaches the store only later, between two other operations; its
    /// condition is checked then. This is what a timed-out request that is still on its way does.</summary>
    public double LateWrite { get; init; }

    /// <summary>A listing breaks off in the middle (<c>Transient</c>).</summary>
    public double BrokenListing { get; init; }

    /// <summary>One bit of the bytes that a read returns is flipped; the store keeps the right ones.</summary>
    public double FlippedRead { get; init; }

    /// <summary>A create or replace finds no space (<c>Full</c>).</summary>
    public double Full { get; init; }

    /// <summary>A create or replace happens, and is answered as if its condition had not held: what a client library sees that
    /// sends again after a lost reply.</summary>
    public double FalseConflict { get; init; }

    /// <summary>A storm begins: this and the next few replaces are answered as if their conditions had not held, and nothing is
    /// written.</summary>
    public double ConflictStorm { get; init; }

    /// <summary>A listing lacks the last few names that it should have.</summary>
    public double StaleListing { get; init; }
}
