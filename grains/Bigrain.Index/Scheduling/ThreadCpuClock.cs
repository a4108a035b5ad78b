using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Bigrain.Index.Scheduling;

/// <summary>Processor time of the calling thread: what one free core would have taken, on a machine that is not free.</summary>
internal static partial class ThreadCpuClock
{
    private const int ThreadCpuTime = 3;

    /// <summary>Seconds since some fixed moment; wall time where the system has no such clock.</summary>
    public static double Seconds()
    {
        if (OperatingSystem.IsLinux() && ReadClock(ThreadCpuTime, out TimeSpec time) == 0)
        {
            return time.Seconds + (time.Nanoseconds * 1e-9);
        }

        return Stopwatch.GetTimestamp() / (double)Stopwatch.Frequency;
    }

    [LibraryImport("libc", EntryPoint = "clock_gettime")]
    private static partial int ReadClock(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }
}
