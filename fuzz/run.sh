#!/usr/bin/env bash
# Fuzzes every target, two at a time, and prints what came of it: fuzz/run.sh MINUTES [TARGET...]
# Needs cargo-fuzz and a C++ compiler; the stable toolchain does. Ends with 1 when something was found (see fuzz/artifacts).
set -euo pipefail
cd "$(dirname "$0")/.."

minutes=${1:?usage: fuzz/run.sh MINUTES [TARGET...]}
shift
targets=("$@")
((${#targets[@]})) || targets=(seg rtstruct nifti nrrd dicom_series zip tables)

# Files of the doors in memory where there is a place for them; gone when this script ends.
memory=/dev/shm
[[ -d $memory ]] || memory=${TMPDIR:-/tmp}
TMPDIR=$(mktemp -d "$memory/recist-fuzz.XXXXXX")
export TMPDIR
trap 'rm -rf "$TMPDIR"' EXIT

cargo fuzz build -s none
built=fuzz/target/$(rustc -vV | sed -n 's/^host: //p')/release

fuzz() {
  local target=$1 dictionary=$1 largest=8192
  case $target in
    seg | rtstruct) dictionary=dicom ;;
    dicom_series) dictionary=dicom largest=12288 ;;
    tables) largest=4096 ;;
  esac
  mkdir -p "fuzz/corpus/$target" "fuzz/artifacts/$target"
  SECONDS=0
  "$built/$target" -max_total_time=$((minutes * 60)) -timeout=10 -rss_limit_mb=1024 -max_len=$largest -print_final_stats=1 \
    -dict="fuzz/dictionaries/$dictionary.dict" -artifact_prefix="fuzz/artifacts/$target/" \
    "fuzz/corpus/$target" "fuzz/seeds/$target" >"$TMPDIR/$target.log" 2>&1 || true
  echo "$SECONDS" >"$TMPDIR/$target.seconds"
}

running=0
for target in "${targets[@]}"; do
  if ((running == 2)); then
    wait -n
    running=1
  fi
  fuzz "$target" &
  running=$((running + 1))
done
wait

found=0
printf '\n%-14s %12s %8s %8s %8s %9s\n' target executions seconds inputs crashes 'peak MiB'
for target in "${targets[@]}"; do
  log=$TMPDIR/$target.log
  number() { sed -n "s/^stat::$1: *//p" "$log" | tail -1; }
  crashes=$(grep -c 'Test unit written to' "$log" || true)
  printf '%-14s %12s %8s %8s %8s %9s\n' "$target" "$(number number_of_executed_units)" "$(<"$TMPDIR/$target.seconds")" \
    "$(find "fuzz/corpus/$target" -type f | wc -l)" "$crashes" "$(number peak_rss_mb)"
  if ((crashes)); then
    found=1
    grep -hE -B12 'Test unit written to' "$log" | grep -E 'panicked|assert|ERROR|memory allocation|Test unit' || true
  fi
done
exit "$found"
