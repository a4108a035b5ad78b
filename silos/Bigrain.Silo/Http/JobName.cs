namespace Bigrain.Silo.Http;

/// <summary>What the job of a request is called.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">What it does.</param>
/// <param name="IsKeyed">Whether the id follows from the request's key, so that the same request sent again is about the same job.</param>
internal readonly record struct JobName(string Id, string Kind, bool IsKeyed);
