using Bigrain.Training.Numerics;

namespace Bigrain.Training.Data;

/// <summary>A set whose metric is wrong in a way that is known: a linear map of the queries puts it right.</summary>
/// <remarks>
/// A document has a meaning (a point of a cluster) and nuisance, side by side, all turned by a random rotation so that no axis tells
/// them apart. A query is about a meaning too, but its vector holds that meaning under another linear map, and nuisance of its own.
/// Relevant are the documents whose meaning is closest to the query's own by cosine. So vectors as they are rank poorly, and a head on
/// the queries alone can undo the map and leave the nuisance out: <see cref="QueryMap"/> does.
/// </remarks>
public sealed class SyntheticSet
{
    private SyntheticSet(TrainingSet set, Matrix queryMap) => (Set, QueryMap) = (set, queryMap);

    /// <summary>Vectors, judgements and split.</summary>
    public TrainingSet Set { get; }

    /// <summary>The map M of queries that puts the metric right, <c>[d, d]</c>: rank by the product of q M and a document.</summary>
    public Matrix QueryMap { get; }

    /// <summary>Makes a set.</summary>
    /// <param name="options">Its shape.</param>
    public static SyntheticSet Make(SyntheticOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var random = new SeededRandom(options.Seed);
        int dimension = options.Dimension;
        int meaning = options.Meaning;
        int queries = options.Training + options.Validation + options.Test;

        // 1. What is hidden: the rotation of all, the map of the queries, the clusters.
        Matrix rotation = RandomRotation(dimension, random);
        Matrix turn = Blend(RandomRotation(meaning, random), options.Misalignment);
        Matrix centres = Gaussian(options.Clusters, meaning, random);

        // 2. Meanings: those of documents scatter about their cluster's centre, those of queries about a document's.
        Matrix documentMeanings = About(centres, options.Documents, 0.6, random);
        Matrix queryMeanings = About(documentMeanings, queries, 0.35, random);

        // 3. Vectors: meaning (of queries under the map) and nuisance, rotated.
        Matrix turned = MatrixProduct.Multiply(queryMeanings, turn);
        Matrix documents = Compose(documentMeanings, dimension, options.Nuisance, random);
        Matrix queryVectors = Compose(turned, dimension, options.Nuisance, random);
        documents = MatrixProduct.Multiply(documents, rotation);
        queryVectors = MatrixProduct.Multiply(queryVectors, rotation);
        UnitRows.Normalise(documents);
        UnitRows.Normalise(queryVectors);

        // 4. Judgements by meaning alone.
        UnitRows.Normalise(documentMeanings);
        UnitRows.Normalise(queryMeanings);
        Judgements relevant = NearestJudgements.Of(queryMeanings, documentMeanings, options.Relevant);
        QuerySplit split = QuerySplits.Draw([.. Enumerable.Range(0, queries)], options.Training, options.Validation, options.Test, random);
        var set = new TrainingSet("synthetic", documents, queryVectors, relevant, split, RankMetric.Cosine);
        return new SyntheticSet(set, Undo(rotation, turn, dimension));
    }

    /// <summary>Rt P T^-1 P R with P the meaning's part: what takes a query to its meaning, in the documents' space.</summary>
    private static Matrix Undo(Matrix rotation, Matrix turn, int dimension)
    {
        int meaning = turn.Rows;
        var inverse = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix
            .Create(meaning, meaning, (i, j) => turn.Row(i)[j])
            .Inverse();
        var inner = new Matrix(dimension, dimension);
        for (int i = 0; i < meaning; i++)
        {
            for (int j = 0; j < meaning; j++)
            {
                inner.Row(i)[j] = (float)inverse[i, j];
            }
        }

        return MatrixProduct.TransposedMultiply(rotation, MatrixProduct.Multiply(inner, rotation));
    }

    private static Matrix Blend(Matrix rotation, double share)
    {
        for (int i = 0; i < rotation.Rows; i++)
        {
            for (int j = 0; j < rotation.Columns; j++)
            {
                rotation.Row(i)[j] = (float)((rotation.Row(i)[j] * share) + (i == j ? 1 - share : 0));
            }
        }

        return rotation;
    }

    private static Matrix About(Matrix centres, int count, double spread, SeededRandom random)
    {
        var points = new Matrix(count, centres.Columns);
        for (int row = 0; row < count; row++)
        {
            ReadOnlySpan<float> centre = centres.Row(random.Next(centres.Rows));
            Span<float> point = points.Row(row);
            for (int i = 0; i < point.Length; i++)
            {
                point[i] = (float)(centre[i] + (spread * random.Gaussian()));
            }
        }

        return points;
    }

    private static Matrix Compose(Matrix meanings, int dimension, double nuisance, SeededRandom random)
    {
        var vectors = new Matrix(meanings.Rows, dimension);
        for (int row = 0; row < meanings.Rows; row++)
        {
            Span<float> vector = vectors.Row(row);
            meanings.Row(row).CopyTo(vector);
            for (int i = meanings.Columns; i < dimension; i++)
            {
                vector[i] = (float)(nuisance * random.Gaussian());
            }
        }

        return vectors;
    }

    private static Matrix RandomRotation(int size, SeededRandom random)
    {
        Matrix gaussian = Gaussian(size, size, random);
        var q = MathNet.Numerics.LinearAlgebra.Double.DenseMatrix.Create(size, size, (i, j) => gaussian.Row(i)[j]).QR().Q;
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                gaussian.Row(i)[j] = (float)q[i, j];
            }
        }

        return gaussian;
    }

    private static Matrix Gaussian(int rows, int columns, SeededRandom random)
    {
        var matrix = new Matrix(rows, columns);
        for (int i = 0; i < matrix.Values.Length; i++)
        {
            matrix.Values[i] = (float)random.Gaussian();
        }

        return matrix;
    }
}
