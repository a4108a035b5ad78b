#!/usr/bin/env bash
# Runs every test and ends with one plain line: N passed, N failed, N skipped.
#
#   tests/run.sh           what CI runs; at most 20 minutes on 2 cores
#   tests/run.sh --long    10,000 simulation seeds, the big sets and the full failure windows as well; see docs/operations/long-runs.md
#                          and docs/operations/failure.md
#
# Installs what the tests need if it is missing: Azurite (npm, tests/package-lock.json) and, as root, redis-server (apt-get).
set -uo pipefail
cd "$(dirname "$0")/.."

export DOTNET_CLI_TELEMETRY_OPTOUT=1 DOTNET_NOLOGO=1
long=
for argument in "$@"; do
  case "$argument" in
    --long) long=1; export BIGRAIN_LONG=1 BIGRAIN_SEEDS="${BIGRAIN_SEEDS:-10000}" ;;
    *) echo "usage: tests/run.sh [--long]" >&2; exit 2 ;;
  esac
done

passed=0 failed=0 skipped=0 status=0
failures=$(mktemp)

# Adds the counts of a test run's closing lines, in either of the two forms the runners print, and keeps what failed for the end:
# a test's name, where it is from and the beginning of what it says, without the pages of logs that may follow.
count() {
  local counts
  awk '/^failed .*\(/ { left = 8 } left-- > 0 { print substr($0, 1, 400) }' "$1" >> "$failures"
  counts=$(awk '
    /^ +failed: [0-9]+$/    { f += $2 }
    /^ +succeeded: [0-9]+$/ { s += $2 }
    /^ +skipped: [0-9]+$/   { k += $2 }
    /^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { s += $1; f += $3; k += $5 }
    END { printf "%d %d %d", s, f, k }' "$1")
  read -r s f k <<<"$counts"
  passed=$((passed + s)) failed=$((failed + f)) skipped=$((skipped + k))
}

# Runs one lane; its exit code counts even when its closing lines are missing.
lane() {
  local name=$1 log; shift
  log=$(mktemp)
  echo "== $name"
  "$@" 2>&1 | tee "$log"
  local code=${PIPESTATUS[0]}
  [ "$code" -eq 0 ] || { status=1; echo "lane '$name' ended with exit code $code" >&2; }
  count "$log"
  rm -f "$log"
}

# Starts a lane beside the next ones; its output and its counts come with `await_beside`.
beside_pid='' beside_name='' beside_log=''
beside() {
  beside_name=$1 beside_log=$(mktemp); shift
  "$@" >"$beside_log" 2>&1 &
  beside_pid=$!
}

await_beside() {
  local pid=$beside_pid
  [ -n "$pid" ] || return 0
  wait "$pid"
  local code=$?
  beside_pid=''
  echo "== $beside_name"
  cat "$beside_log"
  [ "$code" -eq 0 ] || { status=1; echo "lane '$beside_name' ended with exit code $code" >&2; }
  count "$beside_log"
  rm -f "$beside_log"
}

trap '[ -z "$beside_pid" ] || kill "$beside_pid" 2>/dev/null; rm -f "$failures"' EXIT

install_azurite() {
  command -v npm >/dev/null || { echo "npm is missing: the Azurite tests will skip (install node 20 or newer)" >&2; return 0; }
  [ -x tests/node_modules/.bin/azurite-blob ] || npm ci --prefix tests --no-audit --no-fund --loglevel=error \
    || echo "npm ci failed: the Azurite tests will skip" >&2
}

install_redis() {
  command -v redis-server >/dev/null && return 0
  local install="apt-get update && apt-get install -y --no-install-recommends redis-server"
  if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
    echo "redis-server is missing: the cluster tests will skip; to run them: $install" >&2
    return 0
  fi
  # Some images keep services from starting by themselves; the tests start their own on a private port in any case.
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends redis-server; } > /dev/null \
    || echo "installing redis-server failed: the cluster tests will skip; try: $install" >&2
}

lane "install" install_azurite
lane "install" install_redis
lane "build" dotnet build Cluster.sln -c Release --nologo -v quiet
if [ "$status" -ne 0 ]; then
  echo "0 passed, 1 failed, 0 skipped"
  exit 1
fi

lane "tests" dotnet test --solution Cluster.sln -c Release --no-build --no-progress --no-ansi --max-parallel-test-modules 1
# Neither measures time, and each leaves a processor idle now and then.
beside "format" dotnet format Cluster.sln --no-restore --verify-no-changes --severity warn
lane "instruction sets" ./tests/isa.sh
await_beside

mnist=../shared/data/mnist-784
if [ -n "$long" ] && [ -d "$mnist" ]; then
  lane "bench ann, MNIST-784" dotnet run -c Release --no-build --project client/Bigrain.Cli -- bench ann \
    --base "$mnist/train-images-idx3-ubyte.gz" --queries "$mnist/t10k-images-idx3-ubyte.gz" --metric l2 \
    --codec rabitq:1,rabitq:2,rabitq:4,pq:98x8,pq:392x4 --leaf-size 128 --shortlist 0
fi

[ ! -s "$failures" ] || { echo "== failed"; cat "$failures"; }
[ "$status" -eq 0 ] || [ "$failed" -gt 0 ] || failed=1
echo "$passed passed, $failed failed, $skipped skipped"
[ "$status" -eq 0 ] && [ "$failed" -eq 0 ]
