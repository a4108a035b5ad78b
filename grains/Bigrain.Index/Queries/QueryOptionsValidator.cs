using Microsoft.Extensions.Options;

namespace Bigrain.Index.Queries;

/// <summary>Checks the ranges of <see cref="QueryOptions"/>.</summary>
[OptionsValidator]
public sealed partial class QueryOptionsValidator : IValidateOptions<QueryOptions>;
