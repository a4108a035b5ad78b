using Bigrain.Contracts.Faults;
using Bigrain.Grains.Faults;
using Bigrain.Index.Blobs;
using Bigrain.Index.Errors;

namespace Bigrain.Grains.Tests.Faults;

public sealed class FaultTranslationTests
{
    [Fact]
    public void Every_error_code_has_its_twin_on_the_wire()
    {
        string[] codes = Enum.GetNames<Bigrain.Index.Errors.ErrorCode>();

        Assert.Equal(codes, Enum.GetNames<FaultCode>());
        Assert.All(codes, name => Assert.Equal((int)Enum.Parse<Bigrain.Index.Errors.ErrorCode>(name), (int)Enum.Parse<FaultCode>(name)));
    }

    [Fact]
    public void An_error_comes_out_of_the_wire_as_it_went_in()
    {
        var error = new BigrainException(Bigrain.Index.Errors.ErrorCode.Overloaded, "the queue is full", "k") { RetryAfter = TimeSpan.FromMilliseconds(250) };

        BigrainException back = FaultTranslation.FromFault(FaultTranslation.ToFault(error));

        Assert.Equal((error.Code, error.Message, error.Field, error.RetryAfter), (back.Code, back.Message, back.Field, back.RetryAfter));
    }

    [Fact]
    public void Damage_is_corruption_and_a_failing_store_is_unavailable()
    {
        FaultException damage = FaultTranslation.ToFault(new CorruptBlobException("a/b", 3, "x", "y"));
        FaultException store = FaultTranslation.ToFault(new BlobStoreException("read", "a/b", BlobFailure.Transient, new IOException("/secret/path")));

        Assert.Equal(FaultCode.DataCorrupt, damage.Code);
        Assert.Equal(FaultCode.Unavailable, store.Code);
        Assert.DoesNotContain("secret", store.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void What_nobody_expected_leaves_without_its_text()
    {
        FaultException fault = FaultTranslation.ToFault(new InvalidOperationException("connection string=..."));

        Assert.Equal(FaultCode.Internal, fault.Code);
        Assert.DoesNotContain("connection", fault.Message, StringComparison.Ordinal);
    }
}
