#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [WORD...] - `threadlab check` on whole programs.
#
# Each file here is a program, named after what has to be said of it: ok-...
# when nothing is wrong (advice is no error), else KIND-what-is-wrong.c after
# the headline. Comments in the first lines: `args: ...` are its arguments,
# `stdin: ...` the line on its standard input, `cflags: ...` and `ldflags: ...`
# more for the compiler and the linker. Wrong programs are checked with
# --strict, because some kinds are advice otherwise. SEED and PROFILE are passed
# on; without the latter it is quick for right programs.
#
# With words, only files whose name contains one of them. The last line is
# "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/threadlab-check.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export THREADLAB_CACHE=$work/cache NO_COLOR=1

read -r -d '' headline <<'PYTHON'
import json, sys
e = json.load(open(sys.argv[1]))["exercises"][0]
got = [f["kind"] for f in e["findings"] if f["headline"]]
print(got[0] if got else "ok" if e["status"] == "passed" else e["status"])
PYTHON

setting() { # file, word: what its comment "word: ..." says
    sed -nE "1,20s,^/\* $2: (.*) \*/\$,\1,p" "$1"
}

check() { # file, where to keep things: prints the headline it gets
    local options=() words=()
    read -ra words <<<"$(setting "$1" args)"
    setting "$1" stdin >"$2.input"
    case $1 in
    */ok-*) options+=(--profile "${PROFILE-quick}") ;;
    *) options+=(--strict --profile "${PROFILE-standard}") ;;
    esac
    timeout -k 10 300 build/threadlab check "${options[@]}" -j 1 \
        --json "$2.json" --seed "${SEED-1}" \
        --cflags "$(setting "$1" cflags)" --ldflags "$(setting "$1" ldflags)" \
        --stdin "$2.input" "$1" -- "${words[@]+"${words[@]}"}" \
        >"$2.log" 2>&1 </dev/null
    case $? in
    0 | 1) /usr/bin/python3 -c "$headline" "$2.json" ;;
    *) echo "exit status $?" ;;
    esac
}

one() { # file: its verdict, in a line or with the whole report
    local name began=$SECONDS got
    name=$(basename "$1" .c)
    got=$(check "$1" "$work/$name")
    case $name in
    "$got"-*) echo "ok   $name ($((SECONDS - began)) s)" ;;
    *)
        echo "FAIL $name: $got ($((SECONDS - began)) s)"
        cat "$work/$name.log"
        ;;
    esac >"$work/$name.verdict"
    cat "$work/$name.verdict"
}

chosen() { # name, words...
    local name=$1 word
    shift
    [ $# -eq 0 ] && return 0
    for word in "$@"; do
        case $name in *"$word"*) return 0 ;; esac
    done
    return 1
}

jobs=0
for file in tests/check/*.c; do
    chosen "$(basename "$file" .c)" "$@" || continue
    if [ "$jobs" -ge "$(nproc)" ]; then
        wait -n
    else
        jobs=$((jobs + 1))
    fi
    one "$file" &
done
wait
if tests/json-schema.sh "$work"/*.json >"$work/schema.log"; then
    echo "ok   result files fit the schema"
else
    echo "FAIL result files fit the schema"
    head -n 20 "$work/schema.log"
fi >"$work/schema.verdict"
cat "$work/schema.verdict"
passed=$(cat "$work"/*.verdict | grep -c '^ok  ')
failed=$(cat "$work"/*.verdict | grep -c '^FAIL ')
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
