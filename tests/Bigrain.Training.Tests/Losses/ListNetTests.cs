using Bigrain.Training.Losses;
using Bigrain.Training.Numerics;

namespace Bigrain.Training.Tests.Losses;

public sealed class ListNetTests
{
    [Fact]
    public void The_gradient_equals_differences_of_the_loss()
    {
        var (teacher, student) = (RandomSets.Gaussian(41, 4, 7), RandomSets.Gaussian(42, 4, 7));
        var gradient = new Matrix(4, 7);
        ListNet.Compute(teacher, 0.8, student, 0.5, gradient);
        Slopes.AssertEqualDifferences(
            student.Values,
            gradient.Values,
            Enumerable.Range(0, 28),
            () => ListNet.Compute(teacher, 0.8, student, 0.5, null),
            1e-2f,
            5e-3);
    }

    [Fact]
    public void A_student_that_equals_its_teacher_has_nothing_to_learn()
    {
        var teacher = RandomSets.Gaussian(43, 3, 6);
        var gradient = new Matrix(3, 6);
        var least = ListNet.Compute(teacher, 1, teacher, 1, gradient);
        Assert.All(gradient.Values, slope => Assert.Equal(0, slope, 1e-7));
        Assert.True(least < ListNet.Compute(teacher, 1, RandomSets.Gaussian(44, 3, 6), 1, null));
    }
}
