#!/bin/sh
# traceql query '{ .comment = 1 }'
set -eu
traceql '{ .short = 1 }' a.json | jq .
./bin/traceql explain '{ .it = "it'\''s" }' "$dir"
if traceql query "{ .a = \"x\" } | count() > 1" --limit 3; then :; fi
traceql query '{ .part = "'"$x"'" }'
traceql query "{ .cmd = \"$(date)\" }"
gcx traces query -d uid '{ .gcx = 1 }' && gcx logs query '{app="x"}'
echo traceql is nice '{ no query }'
traceql trace 0123456789abcdef
gcx traces query --jq '{a: .b}' -d uid '{ .jq = 1 }'
