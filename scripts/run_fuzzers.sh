#!/usr/bin/env bash
# Runs every fuzzer of build/fuzz for the given number of seconds, on its own growing corpus in build/fuzz/corpus.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${1:?usage: run_fuzzers.sh SECONDS}

shopt -s nullglob
fuzzers=(build/fuzz/fuzzers/*_fuzz)
((${#fuzzers[@]} > 0)) || { echo "run_fuzzers: tests/fuzz has no *_fuzz.cpp" >&2; exit 1; }
for fuzzer in "${fuzzers[@]}"; do
  name=$(basename "$fuzzer")
  corpus=build/fuzz/corpus/$name
  mkdir -p "$corpus"
  seeds=build/fuzz/seeds/$name
  mkdir -p "$seeds"
  if [[ $name == parser_fuzz ]]; then .venv/bin/python tests/fuzz/sql_corpus.py "$seeds"; fi
  echo "== $name, $seconds s"
  LAMINAR_FUZZ_SEEDS=$seeds "$fuzzer" -max_total_time="$seconds" -artifact_prefix="build/fuzz/$name-" -print_final_stats=1 "$corpus" "$seeds"
done
