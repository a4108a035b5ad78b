namespace Bigrain.Cli.Training;

/// <summary>Where a training's data comes from; kept with the run, so that it can go on alone.</summary>
internal sealed record TrainInputs
{
    /// <summary>A set by name or folder: see <see cref="NamedSets"/>.</summary>
    public string? Set { get; init; }

    /// <summary>File of document vectors.</summary>
    public string? Documents { get; init; }

    /// <summary>File of document ids.</summary>
    public string? DocumentIds { get; init; }

    /// <summary>File of texts, one JSON object a line.</summary>
    public string? Text { get; init; }

    /// <summary>Live collection.</summary>
    public string? Collection { get; init; }

    /// <summary>File of query vectors; of query texts where the documents are texts.</summary>
    public string? Queries { get; init; }

    /// <summary>File of query ids.</summary>
    public string? QueryIds { get; init; }

    /// <summary>File of judgements.</summary>
    public string? Qrels { get; init; }

    /// <summary>File of a text encoder.</summary>
    public string? Encoder { get; init; }

    /// <summary>Whether exact neighbours stand in for judgements.</summary>
    public bool Unlabelled { get; init; }

    /// <summary>Whether judgements of unknown ids are passed over.</summary>
    public bool SkipMissing { get; init; }

    /// <summary>Metric of vectors out of files: cosine or dot.</summary>
    public string Metric { get; init; } = "cosine";

    /// <summary>Dimension of an encoder that is fitted here.</summary>
    public int Dimension { get; init; } = 256;

    /// <summary>Queries to make at most, where they are made of texts or of vectors.</summary>
    public int MaxQueries { get; init; } = 6_000;

    /// <summary>Share of the queries that validates.</summary>
    public double ValidationShare { get; init; } = 0.1;

    /// <summary>Share of the queries that is kept for the last look.</summary>
    public double TestShare { get; init; } = 0.2;

    /// <summary>Payload field of the title in a collection.</summary>
    public string TitleField { get; init; } = "title";

    /// <summary>Payload field of the text in a collection.</summary>
    public string TextField { get; init; } = "text";

    /// <summary>Seed of split and queries.</summary>
    public ulong Seed { get; init; } = 1;
}
