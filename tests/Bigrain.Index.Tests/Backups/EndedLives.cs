using Bigrain.Index.Catalog;
using Bigrain.Index.Errors;
using Bigrain.Index.Schema;

namespace Bigrain.Index.Tests.Backups;

/// <summary>Notes the lives that ended; silos are out of reach as often as wished.</summary>
internal sealed class EndedLives : ICollectionLives
{
    public List<(string Name, string Incarnation)> Told { get; } = [];

    public int FailuresLeft { get; set; }

    public Task EndAsync(string name, CollectionIncarnation ended, CancellationToken cancellationToken)
    {
        if (FailuresLeft-- > 0)
        {
            throw new BigrainException(ErrorCode.Unavailable, "no silo can be reached: retry");
        }

        Told.Add((name, ended.Value));
        return Task.CompletedTask;
    }
}
