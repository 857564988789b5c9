#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh [WORD...] - `threadlab check` on whole programs.
#
# Each file here is a program, named after what has to be said of it: ok-...
# when nothing is wrong (advice is no error), else KIND-what-is-wrong.c after
# the headline. Comments in the first lines: `args: ...` are its arguments,
# `stdin: ...` the line on its standard input. Wrong programs are checked with
# --strict, because some kinds are advice otherwise; SEED is passed on.
#
# With words, only files whose name contains one of them. The last line is
# "N passed, N failed".
set -u
cd "$(dirname "$0")/../.." || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/threadlab-check.XXXXXX") || exit 1
trap 'rm -rf "$work"' EXIT
export THREADLAB_CACHE=$work/cache NO_COLOR=1
passed=0 failed=0

read -r -d '' headline <<'PYTHON'
import json, sys
e = json.load(open(sys.argv[1]))["exercises"][0]
got = [f["kind"] for f in e["findings"] if f["headline"]]
print(got[0] if got else "ok" if e["status"] == "passed" else e["status"])
PYTHON

setting() { # file, word: what its comment "word: ..." says
    sed -nE "1,20s,^/\* $2: (.*) \*/\$,\1,p" "$1"
}

check() { # file: prints the headline it gets
    local options=(--json "$work/result.json" --seed "${SEED-1}") words=()
    read -ra words <<<"$(setting "$1" args)"
    setting "$1" stdin >"$work/input"
    case $1 in */ok-*) ;; *) options+=(--strict) ;; esac
    timeout -k 10 300 build/threadlab check "${options[@]}" \
        --stdin "$work/input" "$1" -- "${words[@]+"${words[@]}"}" \
        >"$work/log" 2>&1 </dev/null
    case $? in
    0 | 1) /usr/bin/python3 -c "$headline" "$work/result.json" ;;
    *) echo "exit status $?" ;;
    esac
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

for file in tests/check/*.c; do
    name=$(basename "$file" .c)
    chosen "$name" "$@" || continue
    began=$SECONDS
    got=$(check "$file")
    case $name in
    "$got"-*)
        echo "ok   $name ($((SECONDS - began)) s)"
        passed=$((passed + 1))
        ;;
    *)
        echo "FAIL $name: $got ($((SECONDS - began)) s)"
        cat "$work/log"
        failed=$((failed + 1))
        ;;
    esac
done
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
