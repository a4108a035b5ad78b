namespace Bigrain.Kernels.Matrix;

/// <summary>What becomes of the tiles of a matrix product, as a type parameter.</summary>
internal unsafe interface ITileSink
{
    /// <summary>Takes one tile; tiles of a row come in the order of their columns.</summary>
    /// <param name="row">First row of the tile in the left matrix.</param>
    /// <param name="column">First column: row of the packed matrix.</param>
    /// <param name="tile">Products; shape <c>[TileKernel.Rows, TileKernel.Columns]</c>.</param>
    /// <param name="rows">Valid rows.</param>
    /// <param name="columns">Valid columns.</param>
    void Take(int row, int column, float* tile, int rows, int columns);
}
