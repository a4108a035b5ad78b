global using Xunit;

// Every test has silos of its own, and they probe each other: together they would starve.
[assembly: Xunit.v3.Parallelization(Mode = Xunit.Sdk.ParallelMode.None)]
