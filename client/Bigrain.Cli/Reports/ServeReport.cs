namespace Bigrain.Cli.Reports;

/// <summary>A server that is up.</summary>
/// <param name="Address">Its HTTP API.</param>
/// <param name="MemoryBudgetBytes">Memory that it will not pass.</param>
/// <param name="Name">Its name.</param>
/// <param name="Store">Folder or container of the blobs.</param>
internal sealed record ServeReport(string Address, long MemoryBudgetBytes, string Name, string Store);
