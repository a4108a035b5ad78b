using System.Text.Json;
using System.Text.Json.Serialization;
using Bigrain.Cli.Exporting;
using Bigrain.Index.Benchmarking;

namespace Bigrain.Cli.Reports;

/// <summary>Serialization of what the tool itself reports.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(ServeReport))]
[JsonSerializable(typeof(ImportReport))]
[JsonSerializable(typeof(ExportReport))]
[JsonSerializable(typeof(ExportState))]
[JsonSerializable(typeof(TruthReport))]
[JsonSerializable(typeof(EvalReport))]
[JsonSerializable(typeof(DemoReport))]
[JsonSerializable(typeof(VerifyReport))]
[JsonSerializable(typeof(DeletedReport))]
[JsonSerializable(typeof(TrainReport))]
[JsonSerializable(typeof(EncodeReport))]
[JsonSerializable(typeof(AnnBenchmarkLine))]
internal sealed partial class ToolJson : JsonSerializerContext;
