#!/usr/bin/env bash
# How long `traceql lint` takes for many dashboards, and how much memory.
#
#   benches/lint.sh [COUNT]
#
# COUNT: dashboards to make, 1000 if not given, 100 KB each (`examples/dashboards.rs`). Needs the built binary (TRACEQL, or
# target/release/traceql). Each figure is the least of RUNS (5).
set -euo pipefail
cd "$(dirname "$0")/.."
traceql=$(realpath "${TRACEQL:-target/release/traceql}")
runs=${RUNS:-5}
[ -x "$traceql" ] || { echo "$traceql is missing: cargo build --release" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo run -q --example dashboards -- "$work/many" --count "${1:-1000}"
cd "$work"
one=many/team-00/dashboard-0000.json

# Wall seconds, CPU seconds and bytes of memory at the peak, each the least of several runs; findings are no failure.
measured() {
    local n wall= cpu= most=
    for ((n = 0; n < runs; n++)); do
        local pid peak=0 now
        "$@" >/dev/null 2>err & pid=$!
        while now=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do peak=$now; done
        wait "$pid" || [ $? = 1 ] || { cat err >&2; exit 1; }
        most=$(awk -v a="$peak" -v b="$most" 'BEGIN { print (b == "" || a < b) ? a : b }')
        # By itself, because the look at its memory takes time from it.
        local times
        times=$( { TIMEFORMAT='%R %U %S'; time "$@" >/dev/null 2>err || true; } 2>&1 )
        wall=$(awk -v t="$times" -v b="$wall" 'BEGIN { split(t, p, " "); print (b == "" || p[1] < b) ? p[1] : b }')
        cpu=$(awk -v t="$times" -v b="$cpu" 'BEGIN { split(t, p, " "); c = p[2] + p[3]; print (b == "" || c < b) ? c : b }')
    done
    printf '%-44s %8s s %8s s %8s MB\n' "$name" "$wall" "$cpu" "$((most / 1000))"
}

size=$(du -sb many | cut -f1)
printf '%-44s %10s %10s %11s\n' "$(find many -name '*.json' | wc -l) dashboards, $((size / 1000000)) MB" wall cpu memory
name="lint --statistics" measured "$traceql" lint --statistics many
name="lint --format json" measured "$traceql" lint --format json many
name="lint (full)" measured "$traceql" lint many
name="lint --diff --unsafe" measured "$traceql" lint --diff --unsafe many
name="lint of one dashboard" measured "$traceql" lint "$one"
