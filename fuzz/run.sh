#!/bin/sh
# Builds the fuzz targets with the stable toolchain and runs each for some seconds (default 60).
set -eu
cd "$(dirname "$0")"
seconds=${1:-60}
[ $# -gt 0 ] && shift
targets=${*:-transaction block receipt state proof genesis import scenario text}
host=$(rustc -vV | sed -n 's/^host: //p')
coverage="-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table -Cllvm-args=-sanitizer-coverage-trace-compares"
# A target triple keeps the flags away from build scripts and procedural macros.
RUSTFLAGS="$coverage --cfg fuzzing -Ccodegen-units=1" cargo build --release --quiet --target "$host"
out=${CARGO_TARGET_DIR:-target}/$host/release
for target in $targets; do
    mkdir -p "corpus/$target" "artifacts/$target"
    case $target in
    scenario) seeds=../vectors/mechanism ;;
    *) seeds= ;;
    esac
    python3 seeds.py "$target" "corpus/$target" 2>/dev/null || true
    echo "== $target"
    # shellcheck disable=SC2086
    "$out/$target" -max_total_time="$seconds" -max_len=8192 -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="artifacts/$target/" "corpus/$target" $seeds 2>&1 | grep -E "^(stat::number_of|stat::average|#[0-9]+.DONE|==|SUMMARY|thread)" || true
    if ls "artifacts/$target"/* >/dev/null 2>&1; then
        echo "$target: inputs that fail are in artifacts/$target"
        exit 1
    fi
done
