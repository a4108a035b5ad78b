namespace Bigrain.Training.Experiments;

/// <summary>Names of the facts that a run reports beside its measures.</summary>
public static class RunNotes
{
    /// <summary>Mean number of negatives that a query was scored against.</summary>
    public const string Negatives = "negatives";

    /// <summary>Mean share of a query's negatives that are candidates of it.</summary>
    public const string Density = "density";

    /// <summary>Steps made.</summary>
    public const string Steps = "steps";

    /// <summary>Step that was kept.</summary>
    public const string BestStep = "bestStep";

    /// <summary>Validation measure at step 0.</summary>
    public const string ValidationBefore = "validationBefore";

    /// <summary>Validation measure of the step kept.</summary>
    public const string ValidationBest = "validationBest";

    /// <summary>Weight of the estimate that validation chose.</summary>
    public const string Lambda = "lambda";

    /// <summary>Smallest number of candidates with 98 % of the recall at 1,000, on validation.</summary>
    public const string CandidateCount = "candidateCount";

    /// <summary>Mean squared error of the codes.</summary>
    public const string SquaredError = "squaredError";
}
