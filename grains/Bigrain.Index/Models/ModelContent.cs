using Bigrain.Index.Schema;
using Bigrain.Kernels.Pq;

namespace Bigrain.Index.Models;

/// <summary>What training has learned for a collection, as plain arrays; d is the dimension.</summary>
/// <remarks>Matrices are float32, row by row. Arrays are taken over, not copied.</remarks>
public sealed record ModelContent
{
    /// <summary>Dimension d of documents and queries.</summary>
    public required int Dimension { get; init; }

    /// <summary>How documents and queries compare: cosine or dot.</summary>
    public required Metric Metric { get; init; }

    /// <summary>Rotation R, shape <c>[d, d]</c>: a document z is coded as y = R z.</summary>
    public required float[] Rotation { get; init; }

    /// <summary>Codebooks that encode y.</summary>
    public required PqCodebooks Codebooks { get; init; }

    /// <summary>Codebooks that queries are scored with, where codes were frozen while these were trained; null: <see cref="Codebooks"/>.</summary>
    public PqCodebooks? ScoreCodebooks { get; init; }

    /// <summary>Coarse centroids of y, shape <c>[L, d]</c>: codes stand for y less its nearest one; null: none.</summary>
    public float[]? Centroids { get; init; }

    /// <summary>Head W of the coarse query, shape <c>[d, d]</c>: q + q W, normalised under cosine; null: the query as it is.</summary>
    public float[]? SparseQueryHead { get; init; }

    /// <summary>Head of the query that verifies, likewise.</summary>
    public float[]? DenseQueryHead { get; init; }

    /// <summary>Head of the documents that are verified, likewise.</summary>
    public float[]? DenseDocumentHead { get; init; }

    /// <summary>Weight of the estimate in the final score: exact + lambda * estimate.</summary>
    public float Lambda { get; init; }

    /// <summary>Candidates to verify, N, that it was fitted with.</summary>
    public required int Shortlist { get; init; }

    /// <summary>How it came to be: trainer, seed, hashes of the data, measures before and after; a JSON object.</summary>
    public string Provenance { get; init; } = "{}";
}
