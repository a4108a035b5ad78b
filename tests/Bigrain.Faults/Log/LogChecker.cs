using System.Globalization;
using Bigrain.Index.Log;

namespace Bigrain.Faults.Log;

/// <summary>Compares what clients were told with what the store holds.</summary>
internal static class LogChecker
{
    /// <summary>Checks a finished run.</summary>
    /// <param name="requests">Everything that was sent.</param>
    /// <param name="recorded">Every log entry that ever came to be.</param>
    /// <param name="read">What a reader finds in the end.</param>
    /// <exception cref="SimulationFailure">A promise was broken.</exception>
    public static void Check(IReadOnlyList<Request> requests, IReadOnlyDictionary<long, LogEntry> recorded, IReadOnlyList<LogEntry> read)
    {
        CheckRead(recorded, read);
        Check(requests, recorded);
    }

    /// <summary>Checks what clients were told against the log alone.</summary>
    /// <param name="requests">Everything that was sent.</param>
    /// <param name="recorded">Every log entry that ever came to be.</param>
    /// <exception cref="SimulationFailure">A promise was broken.</exception>
    public static void Check(IReadOnlyList<Request> requests, IReadOnlyDictionary<long, LogEntry> recorded)
    {
        CheckLog(recorded);
        CheckRequests(requests, recorded);
        CheckOrder(requests);
    }

    private static void CheckLog(IReadOnlyDictionary<long, LogEntry> recorded)
    {
        long last = 0, epoch = 0;
        foreach (LogEntry entry in recorded.Values)
        {
            Require(entry.Sequence == ++last, $"sequence {last} was never written, but {entry.Sequence} was");
            Require(entry.Epoch >= epoch, $"entry {entry.Sequence} of epoch {entry.Epoch} follows one of epoch {epoch}");
            epoch = entry.Epoch;
        }
    }

    private static void CheckRead(IReadOnlyDictionary<long, LogEntry> recorded, IReadOnlyList<LogEntry> read)
    {
        Require(read.Count == recorded.Count, $"{recorded.Count} entries were written, {read.Count} are read");
        var expected = new DocumentModel();
        var found = new DocumentModel();
        foreach (LogEntry entry in read)
        {
            Require(
                recorded[entry.Sequence].Bytes.Span.SequenceEqual(entry.Bytes.Span), $"entry {entry.Sequence} is not the one that was written");
            found.Apply(entry);
        }

        foreach (LogEntry entry in recorded.Values)
        {
            expected.Apply(entry);
        }

        Require(expected.ToString() == found.ToString(), $"documents are {found}, they should be {expected}");
    }

    private static void CheckRequests(IReadOnlyList<Request> requests, IReadOnlyDictionary<long, LogEntry> recorded)
    {
        var places = new Dictionary<int, long>();
        foreach (LogEntry entry in recorded.Values)
        {
            foreach (LogBatch batch in entry.Batches)
            {
                int number = Request.NumberOf(batch);
                Require(number < requests.Count, $"request {number} in entry {entry.Sequence} was never sent");
                Require(
                    places.TryAdd(number, entry.Sequence),
                    $"request {number} is in entry {places.GetValueOrDefault(number)} and again in {entry.Sequence}");
                Require(
                    requests[number].Bytes.AsSpan().SequenceEqual(batch.Bytes.Span), $"request {number} was changed in entry {entry.Sequence}");
            }
        }

        foreach (Request request in requests.Where(r => r.AcknowledgedAt is not null))
        {
            Require(places.TryGetValue(request.Number, out long place), $"request {request.Number} was acknowledged at {request.Sequence} and is lost");
            Require(place == request.Sequence, $"request {request.Number} was acknowledged at {request.Sequence} and is at {place}");
        }
    }

    /// <summary>What was acknowledged before something else was sent comes before it.</summary>
    private static void CheckOrder(IReadOnlyList<Request> requests)
    {
        List<Request> acknowledged = [.. requests.Where(r => r.AcknowledgedAt is not null).OrderBy(r => r.AcknowledgedAt)];
        long highest = 0;
        int next = 0;
        foreach (Request request in acknowledged.OrderBy(r => r.InvokedAt))
        {
            for (; next < acknowledged.Count && acknowledged[next].AcknowledgedAt < request.InvokedAt; next++)
            {
                highest = Math.Max(highest, acknowledged[next].Sequence);
            }

            Require(
                request.Sequence > highest,
                $"request {request.Number} at {request.Sequence} was sent after {highest} had been acknowledged");
        }
    }

    private static void Require(bool holds, FormattableString otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailure(otherwise.ToString(CultureInfo.InvariantCulture));
        }
    }
}
