using Bigrain.Training.Numerics;

namespace Bigrain.Training.Losses;

/// <summary>The distillation loss: the student's softmax over the columns is to equal the teacher's.</summary>
/// <remarks>Cross entropy of the two distributions, averaged over the rows; it needs no labels. Cao et al. 2007, "Learning to
/// Rank: From Pairwise Approach to Listwise Approach"; used for quantisers in Xiao et al. 2022 (Distill-VQ).</remarks>
public static class ListNet
{
    /// <summary>Computes the loss and its gradient.</summary>
    /// <param name="teacher">Teacher's scores; shape <c>[B, C]</c>.</param>
    /// <param name="teacherTemperature">Divides the teacher's scores.</param>
    /// <param name="student">Student's scores; the same shape.</param>
    /// <param name="temperature">Divides the student's scores.</param>
    /// <param name="gradient">Receives the gradient of the loss in the student's scores; null if not wanted.</param>
    /// <param name="weight">Factor of the gradient (not of the returned loss).</param>
    /// <param name="accumulate">Whether the gradient is added to what stands there.</param>
    /// <returns>The loss; at least the entropy of the teacher.</returns>
    public static double Compute(
        Matrix teacher,
        double teacherTemperature,
        Matrix student,
        double temperature,
        Matrix? gradient,
        double weight = 1,
        bool accumulate = false)
    {
        ArgumentNullException.ThrowIfNull(teacher);
        ArgumentNullException.ThrowIfNull(student);
        ArgumentOutOfRangeException.ThrowIfNotEqual(teacher.Values.Length, student.Values.Length);
        if (!accumulate)
        {
            gradient?.Values.AsSpan().Clear();
        }

        var wanted = new double[student.Columns];
        var shares = new double[student.Columns];
        var share = weight / (temperature * Math.Max(1, student.Rows));
        double loss = 0;
        for (var row = 0; row < student.Rows; row++)
        {
            ReadOnlySpan<float> line = student.Row(row);
            RowSoftmax.Fill(teacher.Row(row), 1 / teacherTemperature, [], -1, wanted);
            var logSum = RowSoftmax.Fill(line, 1 / temperature, [], -1, shares);
            for (var column = 0; column < line.Length; column++)
            {
                loss += wanted[column] * (logSum - (line[column] / temperature));
            }

            if (gradient is not null)
            {
                var slope = gradient.Row(row);
                for (var column = 0; column < slope.Length; column++)
                {
                    slope[column] += (float)(share * (shares[column] - wanted[column]));
                }
            }
        }

        return loss / Math.Max(1, student.Rows);
    }
}
