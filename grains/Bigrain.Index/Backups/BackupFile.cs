namespace Bigrain.Index.Backups;

/// <summary>One immutable file in a backup.</summary>
/// <param name="Name">Its name below the collection's <c>data/{incarnation}/</c>.</param>
/// <param name="Folder">Where the copy is: the folder of this backup or of an earlier one; the copy's name is the two together.</param>
/// <param name="LengthBytes">Length in bytes.</param>
/// <param name="XxHash128">Hash of the whole file as 32 lowercase hex digits.</param>
public sealed record BackupFile(string Name, string Folder, long LengthBytes, string XxHash128)
{
    /// <summary>Name of the copy.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public string BlobName => Folder + Name;
}
