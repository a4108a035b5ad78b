namespace Bigrain.Silo.Access;

/// <summary>What a key may do; each role may do what the ones before it may.</summary>
internal enum AccessRole
{
    /// <summary>Query, read, list, look at state and metrics.</summary>
    Reader = 1,

    /// <summary>Write and delete documents.</summary>
    Writer = 2,

    /// <summary>Create, drop and compact collections; see the dashboard.</summary>
    Admin = 3,
}
