#!/usr/bin/env bash
# How long `traceql lsp` takes to answer an editor, and how much memory it has.
#
#   benches/lsp.sh
#
# Needs the built binary (TRACEQL, or target/release/traceql) and python3. The files are made up: 1,000 dashboards
# (`examples/dashboards.rs`), one of 2 MB, and spans with 5,000 attributes, one of them with 10,000 values.
set -euo pipefail
cd "$(dirname "$0")/.."
traceql=$(realpath "${TRACEQL:-target/release/traceql}")
[ -x "$traceql" ] || { echo "$traceql is missing: cargo build --release" >&2; exit 1; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cargo run -q --release --example dashboards -- "$work/many" --count "${1:-1000}"
cargo run -q --release --example dashboards -- "$work/large" --count 1 --panels 880
python3 - "$work/wide.otlp.jsonl" <<'PYTHON'
import json
import sys

with open(sys.argv[1], "w") as out:
    for at in range(10_000):
        names = [f"attribute.{n:04}" for n in {0, *(10 * at + k for k in range(10))}] if at < 500 else ["attribute.0000"]
        attributes = [{"key": name, "value": {"stringValue": f"value {at}"}} for name in names]
        span = {"traceId": f"{at + 1:032x}", "spanId": f"{at + 1:016x}", "name": "a", "kind": 2, "attributes": attributes,
                "startTimeUnixNano": "1767225600000000000", "endTimeUnixNano": "1767225600001000000"}
        resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "shop"}}]}
        json.dump({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": [span]}]}]}, out)
        out.write("\n")
PYTHON
XDG_CACHE_HOME="$work/cache" cargo run -q --release --example editor -- "$traceql" "$work/many" "$work"/large/team-00/*.json "$work/wide.otlp.jsonl"
