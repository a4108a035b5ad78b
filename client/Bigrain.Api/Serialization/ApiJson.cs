using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Api.Aliases;
using Bigrain.Api.Backups;
using Bigrain.Api.Collections;
using Bigrain.Api.Documents;
using Bigrain.Api.Garbage;
using Bigrain.Api.Jobs;
using Bigrain.Api.Problems;
using Bigrain.Api.Queries;
using Bigrain.Api.Reindexing;
using Bigrain.Api.Status;

namespace Bigrain.Api.Serialization;

/// <summary>Serialization of every model of the HTTP API, generated at build time: camelCase, nulls left out.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.Strict,
    PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(CollectionRequest))]
[JsonSerializable(typeof(CollectionInfo))]
[JsonSerializable(typeof(CollectionList))]
[JsonSerializable(typeof(WriteRequest))]
[JsonSerializable(typeof(WriteReply))]
[JsonSerializable(typeof(WriteLine))]
[JsonSerializable(typeof(DeleteRequest))]
[JsonSerializable(typeof(GetRequest))]
[JsonSerializable(typeof(GetReply))]
[JsonSerializable(typeof(StoredDocument))]
[JsonSerializable(typeof(QueryRequest))]
[JsonSerializable(typeof(QueryReply))]
[JsonSerializable(typeof(BatchQueryRequest))]
[JsonSerializable(typeof(BatchQueryReply))]
[JsonSerializable(typeof(RecallRequest))]
[JsonSerializable(typeof(RecallReply))]
[JsonSerializable(typeof(ClusterStatus))]
[JsonSerializable(typeof(JobInfo))]
[JsonSerializable(typeof(JobList))]
[JsonSerializable(typeof(AliasRequest))]
[JsonSerializable(typeof(AliasInfo))]
[JsonSerializable(typeof(AliasList))]
[JsonSerializable(typeof(CreateBackupRequest))]
[JsonSerializable(typeof(RestoreBackupRequest))]
[JsonSerializable(typeof(BackupList))]
[JsonSerializable(typeof(GcRequest))]
[JsonSerializable(typeof(GcReport))]
[JsonSerializable(typeof(WarmRequest))]
[JsonSerializable(typeof(DocumentPage))]
[JsonSerializable(typeof(ReindexRequest))]
[JsonSerializable(typeof(ApiProblem))]
public sealed partial class ApiJson : JsonSerializerContext;
