namespace Bigrain.Index.Jobs;

/// <summary>Named places where a process can be made to die, to show that others go on from there.</summary>
public interface IFailPoints
{
    /// <summary>Passes such a place; does not return if it is the one to die at.</summary>
    /// <param name="name">Its name (<c>reindex.building</c>).</param>
    void Hit(string name);
}
