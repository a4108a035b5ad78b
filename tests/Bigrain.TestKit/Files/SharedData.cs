namespace Bigrain.TestKit.Files;

/// <summary>Finds the public data sets that lie beside the repository (<c>../shared/data</c>); tests that need them skip where they are absent.</summary>
public static class SharedData
{
    /// <summary>Folder of the repository: the nearest one upwards that holds the solution.</summary>
    public static string RepositoryRoot { get; } = FindRepositoryRoot();

    /// <summary>Looks for a data set or a file in one.</summary>
    /// <param name="relativePath"><c>mnist-784</c>, <c>mnist-784/t10k-images-idx3-ubyte.gz</c>, …</param>
    /// <returns>Its full path, or null when it is not there.</returns>
    public static string? TryFind(string relativePath)
    {
        string path = Path.GetFullPath(Path.Combine(RepositoryRoot, "..", "shared", "data", relativePath));
        return Path.Exists(path) ? path : null;
    }

    private static string FindRepositoryRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cluster.sln")))
            {
                return folder.FullName;
            }
        }

        throw new DirectoryNotFoundException($"no Cluster.sln above {AppContext.BaseDirectory}");
    }
}
