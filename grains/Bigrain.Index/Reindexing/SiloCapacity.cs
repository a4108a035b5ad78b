namespace Bigrain.Index.Reindexing;

/// <summary>What a silo has and knows.</summary>
/// <param name="Name">Its stable name.</param>
/// <param name="UsedBytes">Bytes taken from its memory budget.</param>
/// <param name="BudgetBytes">Its memory budget.</param>
/// <param name="ReaderVersion">Newest form of HEAD that it reads.</param>
public readonly record struct SiloCapacity(string Name, long UsedBytes, long BudgetBytes, int ReaderVersion);
