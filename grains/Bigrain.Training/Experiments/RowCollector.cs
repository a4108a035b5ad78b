namespace Bigrain.Training.Experiments;

/// <summary>Gathers runs into rows, in the order in which rows were first named.</summary>
internal sealed class RowCollector
{
    private readonly List<ExperimentRow> _rows = [];

    public IReadOnlyList<ExperimentRow> Rows => _rows;

    public void Add(string name, string title, RowSide side, ExperimentRun run)
    {
        var place = _rows.FindIndex(row => row.Name == name);
        if (place < 0)
        {
            _rows.Add(new ExperimentRow(name, title, side, [run]));
            return;
        }

        _rows[place] = _rows[place] with { Runs = [.. _rows[place].Runs, run] };
    }

    public ExperimentRow? Find(string name) => _rows.Find(row => row.Name == name);
}
