using Bigrain.Index.Blobs;

namespace Bigrain.Index.Segments;

/// <summary>How segment files are reached.</summary>
/// <param name="Store">The store.</param>
/// <param name="LocalFiles">Local copies, for <c>ids</c> and coarse files always.</param>
/// <param name="RecordsAreLocal">Whether dense records and payloads are read from local files as well: right where the
/// store is a folder; where it is remote this would copy whole dense files, so ranged reads go to the store.</param>
public sealed record SegmentAccess(IBlobStore Store, ILocalFiles LocalFiles, bool RecordsAreLocal);
