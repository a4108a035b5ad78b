#!/usr/bin/env bash
# Runs the kernel tests once for each instruction set, each in a process of its own which first asserts the width that
# it believes it tests. Prints one line "N passed, N failed, N skipped" for each process; exit 1 if anything failed.
# Build first: dotnet build tests/Bigrain.Kernels.Tests -c Release (done here if the binary is missing).
set -uo pipefail
cd "$(dirname "$0")/.."

project=tests/Bigrain.Kernels.Tests
binary=${1:-$project/bin/Release/net10.0/Bigrain.Kernels.Tests}
if [ ! -x "$binary" ]; then
  dotnet build "$project" -c Release --nologo -v quiet || exit 1
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
status=0

has() {
  local flag
  for flag in "$@"; do
    grep -qw -- "$flag" /proc/cpuinfo 2>/dev/null || return 1
  done
}

skip() {
  echo "kernels, $1: skipped, $2"
  echo "0 passed, 0 failed, 1 skipped"
}

# run NAME WIDTH BYTE_TABLES [VARIABLE=VALUE]...
run() {
  local name=$1 width=$2 tables=$3
  shift 3
  env "$@" BIGRAIN_EXPECT_WIDTH="$width" BIGRAIN_EXPECT_BYTE_TABLES="$tables" "$binary" -noColor >"$log" 2>&1
  local code=$?
  echo "kernels, $name:"
  grep -A 4 -E '\[FAIL\]' "$log"
  local counts
  counts=$(sed -n 's/.*Total: \([0-9]*\), Errors: \([0-9]*\), Failed: \([0-9]*\), Skipped: \([0-9]*\).*/\1 \2 \3 \4/p' "$log" | tail -1)
  if [ -z "$counts" ]; then
    tail -20 "$log"
    echo "the process ended with code $code and without a summary"
    echo "0 passed, 1 failed, 0 skipped"
    status=1
    return
  fi
  local total errors failed skipped
  read -r total errors failed skipped <<<"$counts"
  echo "$((total - failed - skipped)) passed, $((failed + errors)) failed, $skipped skipped"
  if [ "$code" -ne 0 ] || [ $((failed + errors)) -ne 0 ]; then
    status=1
  fi
}

machine=$(uname -m)
if [ "$machine" != x86_64 ]; then
  run "128 bits" 128 0
  run "scalar" 0 0 DOTNET_EnableHWIntrinsic=0
  skip "256 and 512 bits" "this machine is $machine"
  exit $status
fi

if has avx512f avx512bw avx512cd avx512dq avx512vl; then
  # The width is stated, since some processors with these instructions prefer 256 bits.
  if has avx512vbmi; then
    run "512 bits with byte tables" 512 1 DOTNET_PreferredVectorBitWidth=512
  else
    skip "512 bits with byte tables" "this machine has no AVX-512 VBMI"
  fi
  run "512 bits" 512 0 DOTNET_PreferredVectorBitWidth=512 DOTNET_EnableAVX512v2=0
else
  skip "512 bits with byte tables" "this machine has no AVX-512"
  skip "512 bits" "this machine has no AVX-512"
fi

if has avx2 fma; then
  run "256 bits" 256 0 DOTNET_EnableAVX512=0
else
  skip "256 bits" "this machine has no AVX2"
fi

run "128 bits" 128 0 DOTNET_EnableAVX2=0
run "scalar" 0 0 DOTNET_EnableHWIntrinsic=0
exit $status
