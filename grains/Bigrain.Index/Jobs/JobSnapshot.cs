using Bigrain.Index.Blobs;

namespace Bigrain.Index.Jobs;

/// <summary>A job's record as read.</summary>
/// <param name="Record">The record.</param>
/// <param name="Tag">Version of its blob.</param>
public sealed record JobSnapshot(JobRecord Record, BlobTag Tag);
