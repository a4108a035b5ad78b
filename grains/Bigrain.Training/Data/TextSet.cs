using Bigrain.Training.Numerics;
using Bigrain.Training.Text;

namespace Bigrain.Training.Data;

/// <summary>Documents and queries of words with judgements.</summary>
/// <param name="Name">Name for reports.</param>
/// <param name="Documents">The documents.</param>
/// <param name="Queries">The queries.</param>
/// <param name="Relevant">Relevant documents of each query.</param>
/// <param name="Split">Which queries train, validate and test.</param>
public sealed record TextSet(
    string Name,
    IReadOnlyList<TextDocument> Documents,
    IReadOnlyList<TextQuery> Queries,
    Judgements Relevant,
    QuerySplit Split)
{
    /// <summary>Fits an encoder on the documents alone: no query has a part in it.</summary>
    /// <param name="options">Settings of the encoder.</param>
    public FrozenEncoder FitEncoder(EncoderOptions options) => FrozenEncoder.Fit([.. Documents.Select(static document => document.Whole)], options);

    /// <summary>Turns the words into vectors of unit length.</summary>
    /// <param name="encoder">The encoder.</param>
    public TrainingSet Encode(FrozenEncoder encoder)
    {
        ArgumentNullException.ThrowIfNull(encoder);
        return new TrainingSet(
            Name,
            new Matrix(encoder.Encode([.. Documents.Select(static document => document.Whole)]), Documents.Count, encoder.Dimension),
            new Matrix(encoder.Encode([.. Queries.Select(static query => query.Text)]), Queries.Count, encoder.Dimension),
            Relevant,
            Split,
            RankMetric.Cosine);
    }
}
