using System.Runtime.InteropServices;

namespace Bigrain.Index.Queries;

/// <summary>A document that may be among the nearest, as the coarse pass sees it.</summary>
/// <param name="Source">Ordinal of its segment or tail in the silo's reply.</param>
/// <param name="Slot">Slot in the segment, or row in the tail.</param>
/// <param name="Estimate">Estimated rank distance; smaller is closer.</param>
/// <param name="Error">Half width of the interval around the estimate that holds the exact rank distance; infinite when the codec has no bound.</param>
[StructLayout(LayoutKind.Sequential, Pack = 4)]
public readonly record struct SearchCandidate(int Source, int Slot, float Estimate, float Error);
