#!/usr/bin/env bash
# How fast whole processes read trace files and Tempo blocks, as ratios that are taken in one run.
#
#   benches/files.sh TRACES.otlp.jsonl [BLOCK TIMES.md]
#
# TRACES: OTLP JSON lines, such as `cargo run --release --example generate -- --traces 40000 --seed 5` writes. BLOCK: a
# Tempo block of other traces; TIMES.md: a Markdown table of queries with Tempo's milliseconds, `| query | ms | … |`, taken
# where the same jq needed 5.2 s for TRACES. Needs jq and the built binary (TRACEQL, or target/release/traceql), uses
# DuckDB where it is installed. Each figure is the least of RUNS (5).
set -euo pipefail
cd "$(dirname "$0")/.."
traceql=${TRACEQL:-target/release/traceql}
runs=${RUNS:-5}
traces=${1:?name a file of OTLP JSON lines}
command -v jq >/dev/null || { echo "jq is missing" >&2; exit 1; }
[ -x "$traceql" ] || { echo "$traceql is missing: cargo build --release" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# Seconds that a command takes, the least of several runs; nothing found is no failure.
least() {
    local n best= start end
    for ((n = 0; n < runs; n++)); do
        start=$EPOCHREALTIME
        "$@" >/dev/null 2>"$work/err" || [ $? = 1 ] || { cat "$work/err" >&2; exit 1; }
        end=$EPOCHREALTIME
        best=$(awk -v a="$start" -v b="$end" -v c="$best" 'BEGIN { d = b - a; print (c == "" || d < c) ? d : c }')
    done
    echo "$best"
}

# Bytes of memory at the peak, as the kernel counts them.
peak() {
    "$@" >/dev/null 2>&1 & local pid=$! most=0 now
    while now=$(awk '/VmHWM/ { print $2 }' "/proc/$pid/status" 2>/dev/null) && [ -n "$now" ]; do most=$now; done
    wait "$pid" || true
    echo $((most * 1024))
}

row() { printf '%-52s %10s %10s\n' "$@"; }
seconds() { awk -v s="$1" 'BEGIN { printf "%.3f s", s }'; }
ratio() { awk -v a="$1" -v b="$2" 'BEGIN { printf "%.1f", a / b }'; }

size=$(wc -c <"$traces")
jq_seconds=$(RUNS=2 runs=2 least jq -c '.resourceSpans[].scopeSpans[].spans[] | select(.status.code == 2) | .traceId' "$traces")
"$traceql" convert "$traces" --to otlp-protobuf -o "$work/traces.pb" --force -q
row "{ status = error } over $((size / 1000000)) MB" time "× jq"
row "jq" "$(seconds "$jq_seconds")" 1
for file in "$traces" "$work/traces.pb"; do
    took=$(least "$traceql" query '{ status = error }' "$file" --limit 0 --spss 3 --format json -q)
    row "traceql, ${file##*.}" "$(seconds "$took")" "$(ratio "$jq_seconds" "$took")"
done
if command -v duckdb >/dev/null; then
    sql="select count(*) from (select unnest(ss.spans) s from (select unnest(rs.scopeSpans) ss from (select unnest(resourceSpans) rs from read_json('$traces', format = 'newline_delimited')))) where s.status.code = 2"
    took=$(least duckdb -c "$sql")
    row "DuckDB, jsonl" "$(seconds "$took")" "$(ratio "$jq_seconds" "$took")"
fi
row "peak memory, jsonl, in percent of the file" "$(awk -v p="$(peak "$traceql" query '{ status = error }' "$traces" --limit 0 -q)" -v s="$size" 'BEGIN { printf "%.0f %%", 100 * p / s }')" ""

[ $# -ge 3 ] || exit 0
echo
row "block, Tempo's time scaled by jq's" time "× Tempo"
while IFS= read -r line; do
    query=$(sed -E 's/^\| `+(.*[^`])`+ \| [0-9.]+ \|.*$/\1/; s/¦/|/g; s/^ //; s/ $//' <<<"$line")
    ms=$(sed -E 's/^.*` \| ([0-9.]+) \|.*$/\1/' <<<"$line")
    options=(--limit 0 --spss 3)
    if [[ $query == *'rate()'* || $query == *over_time* || $query == *compare* ]]; then options=(--exemplars 0); fi
    took=$(least "$traceql" query "$query" "$2" --format json -q "${options[@]}")
    scaled=$(awk -v m="$ms" -v j="$jq_seconds" 'BEGIN { print m * j / 5.2 / 1000 }')
    row "${query:0:52}" "$(seconds "$took")" "$(ratio "$scaled" "$took")"
    awk -v m="$ms" -v a="$scaled" -v b="$took" 'BEGIN { if (m >= 20) print log(a / b) }' >>"$work/logs"
done < <(grep -E '^\| `.*` \| [0-9.]+ \|' "$3")
row "geometric mean where Tempo takes 20 ms or more" "" "$(awk '{ s += $1 } END { printf "%.1f", exp(s / NR) }' "$work/logs")"
