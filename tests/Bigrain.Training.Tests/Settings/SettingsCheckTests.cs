using Bigrain.Index.Errors;
using Bigrain.Training.Data;
using Bigrain.Training.Dense;
using Bigrain.Training.Quantisation;
using Bigrain.Training.Settings;
using Bigrain.Training.Text;

namespace Bigrain.Training.Tests.Settings;

public sealed class SettingsCheckTests
{
    public static TheoryData<object, string, string> OutOfRange => new()
    {
        { new SparseOptions { Epochs = -1 }, "Epochs", "Epochs must be at least 0 but is -1" },
        { new SparseOptions { ClipLength = 0 }, "ClipLength", "ClipLength must be above 0 but is 0" },
        { new SparseOptions { LabelShare = 1.2 }, "LabelShare", "LabelShare must be from 0 to 1 but is 1.2" },
        { new RotationOptions { Bits = 6 }, "Bits", "Bits must be 4 or 8 but is 6" },
        { new DenseOptions { WeightDecay = 1.4f }, "WeightDecay", "WeightDecay must be from 0 to 1 but is 1.4" },
        { new DenseOptions { LearningRate = 0 }, "LearningRate", "LearningRate must be above 0 and at most 1 but is 0" },
        { new EncoderOptions { BucketBits = 25 }, "BucketBits", "BucketBits must be from 8 to 24 but is 25" },
        { new ClozeOptions { TitleShare = -0.1 }, "TitleShare", "TitleShare must be from 0 to 1 but is -0.1" },
    };

    [Theory]
    [MemberData(nameof(OutOfRange))]
    public void A_setting_out_of_its_range_is_named_with_the_range_and_the_value(object settings, string field, string message)
    {
        BigrainException error = Assert.Throws<BigrainException>(() => SettingsCheck.Require(settings));

        Assert.Equal((ErrorCode.InvalidArgument, field, message), (error.Code, error.Field, error.Message));
    }

    [Fact]
    public void Defaults_are_within_their_ranges()
    {
        object[] all = [new SparseOptions(), new RotationOptions(), new DenseOptions(), new EncoderOptions(), new ClozeOptions()];

        Assert.All(all, SettingsCheck.Require);
    }
}
