using System.Xml.Linq;

namespace Bigrain.Architecture;

/// <summary>The checkout under test.</summary>
internal static class Repository
{
    public static string Root { get; } = FindRoot();

    /// <summary>Product projects: name and folder.</summary>
    public static IReadOnlyList<FileInfo> ProductProjects { get; } = new[] { "grains", "infra", "silos", "client" }
        .Select(folder => Path.Combine(Root, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.csproj", SearchOption.AllDirectories))
        .Select(path => new FileInfo(path))
        .ToList();

    /// <summary>All product and test sources, generated ones left out.</summary>
    public static IEnumerable<string> Sources(params string[] folders) => folders
        .Select(folder => Path.Combine(Root, folder))
        .Where(Directory.Exists)
        .SelectMany(folder => Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories))
        .Where(path => !path.Contains("/obj/", StringComparison.Ordinal) && !path.Contains("/bin/", StringComparison.Ordinal));

    public static IEnumerable<string> References(FileInfo project, string kind) => XDocument.Load(project.FullName)
        .Descendants(kind)
        .Select(element => Path.GetFileNameWithoutExtension(((string)element.Attribute("Include")!).Replace('\\', '/')));

    public static IEnumerable<string> Packages(FileInfo project) => XDocument.Load(project.FullName)
        .Descendants("PackageReference")
        .Select(element => (string)element.Attribute("Include")!);

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Cluster.sln")))
            {
                return folder.FullName;
            }
        }

        throw new InvalidOperationException("Cluster.sln is in no folder above the test binary");
    }
}
