#!/bin/sh
# Counts failed calls of today.
traceql query '{ status = "error" }' traces.jsonl --format ids | wc -l
