using Bigrain.Training.Numerics;

namespace Bigrain.Training.Quantisation;

/// <summary>The codes of a corpus under a trained model, ready to be searched.</summary>
public sealed class SparseIndex
{
    private readonly AdcSearch _search;
    private readonly int _threads;

    /// <summary>Encodes a corpus.</summary>
    /// <param name="model">The model.</param>
    /// <param name="documents">Vectors, one a row.</param>
    /// <param name="threads">Threads to use; results do not depend on it.</param>
    /// <param name="cancellation">Stops between chunks.</param>
    public SparseIndex(
        SparseModel model,
        Matrix documents,
        int threads = MatrixProduct.DefaultThreads,
        CancellationToken cancellation = default)
        : this(model, (model ?? throw new ArgumentNullException(nameof(model))).Encode(documents, threads, cancellation), threads)
    {
    }

    /// <summary>Takes codes that are there already.</summary>
    /// <param name="model">The model.</param>
    /// <param name="codes">Codes of the corpus under this model.</param>
    /// <param name="threads">Threads to use; results do not depend on it.</param>
    public SparseIndex(SparseModel model, ProductCodes codes, int threads = MatrixProduct.DefaultThreads)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(codes);
        (Model, Codes, _threads) = (model, codes, threads);
        _search = new AdcSearch(codes, model.TableCodebooks, model.Centroids);
    }

    /// <summary>The model.</summary>
    public SparseModel Model { get; }

    /// <summary>Codes of the corpus.</summary>
    public ProductCodes Codes { get; }

    /// <summary>Finds the best documents of each query.</summary>
    /// <param name="queries">Queries as they came, one a row: the query head is applied here.</param>
    /// <param name="count">Documents for each query.</param>
    /// <param name="probes">Coarse lists to look into; 0 for all.</param>
    /// <param name="cancellation">Stops between queries.</param>
    /// <returns>Rows of documents with their estimates, best first.</returns>
    public ScoredRows[] Search(Matrix queries, int count, int probes = 0, CancellationToken cancellation = default) =>
        _search.SearchScored(Model.RotateQueries(queries, _threads), count, probes, _threads, cancellation);

    /// <summary>Estimates of chosen documents, query by query.</summary>
    /// <param name="queries">Queries as they came, one a row.</param>
    /// <param name="documents">Rows of documents for each query.</param>
    public float[][] Score(Matrix queries, IReadOnlyList<int[]> documents)
    {
        ArgumentNullException.ThrowIfNull(documents);
        var rotated = Model.RotateQueries(queries, _threads);
        return [.. documents.Select((rows, query) => _search.Score(rotated.Row(query), rows))];
    }
}
