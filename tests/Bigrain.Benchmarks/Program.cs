using BenchmarkDotNet.Running;
using Bigrain.Benchmarks;

if (args is ["training", ..])
{
    TrainingTimes.Run(
        args.Length > 1 ? int.Parse(args[1], System.Globalization.CultureInfo.InvariantCulture) : 1_000_000,
        Environment.ProcessorCount);
    return;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
