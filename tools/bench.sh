#!/bin/bash
# SPDX-License-Identifier: MIT
# bench.sh - `make bench`: what the fork server is worth, how long a student
# waits, and (power.py) what a second of exploration finds.
#
# The same cases of one right exercise run (a) in a shell loop that starts the
# test binary for each run and (b) in one server that forks for each run, in
# turns; each figure is the median of the rounds. Then one standard grading
# with an empty cache, and the time until a wrong solution has its first
# finding. Speed is never a verdict: the exit status is always 0.
set -u
cd "$(dirname "$0")/.." || exit 0

EXERCISE=25-bank-transfer
SOURCE=bank
WRONG=solutions/$EXERCISE/data-race-unlocked-balance.c
FINDING=data-race
ROUNDS=5
LIMIT_MS=60000

work=$(mktemp -d) || exit 0
trap 'rm -rf "$work"' EXIT

stop() {
    echo "bench: $1" >&2
    exit 0
}

now_us() {
    echo "${EPOCHREALTIME/[.,]/}"
}

median() {
    sort -n | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'
}

build() { # flavour, flags...
    local flavour=$1
    shift
    clang -std=c11 -D_GNU_SOURCE -pthread -g -fno-omit-frame-pointer -O1 \
        "$@" -I"exercises/$EXERCISE" -Igrader/runtime -o "$work/$flavour" \
        "exercises/$EXERCISE/test_$SOURCE.c" \
        "reference/$EXERCISE/$SOURCE.c" \
        build/runtime/runner-criterion.o \
        @build/runtime/wraps.rsp -lcriterion ||
        stop "cannot build the $flavour flavour"
}

command_of() { # flavour: sets `server`
    case $1 in
    plain) server=("$work/plain") ;;
    tsan) server=("${no_aslr[@]}" "$work/tsan") ;;
    helgrind)
        server=(valgrind -q --tool=helgrind --track-lockorders=no
            --history-level=approx "$work/helgrind")
        ;;
    esac
}

run_lines() { # how many: as many `run` commands, the cases in turn
    local i
    for ((i = 0; i < $1; i++)); do
        echo "run $LIMIT_MS 0 0 $i ${cases[i % ${#cases[@]}]}"
    done
}

# Each prints the microseconds of one run.
spawned() { # how many
    local began line
    began=$(now_us)
    while read -r line; do
        "${server[@]}" <<<"$line" >/dev/null 2>&1
    done < <(run_lines "$1")
    echo $((($(now_us) - began) / $1))
}

# The server has started when it has answered `list`; that is timed apart.
forked() { # how many; writes the start-up time to $work/start
    local began answer
    began=$(now_us)
    coproc SERVER { exec "${server[@]}" 2>/dev/null; }
    echo list >&"${SERVER[1]}"
    read -r answer <&"${SERVER[0]}"
    echo $(($(now_us) - began)) >>"$work/start"
    began=$(now_us)
    run_lines "$1" >&"${SERVER[1]}"
    head -n "$1" <&"${SERVER[0]}" >/dev/null
    echo $((($(now_us) - began) / $1))
    eval "exec ${SERVER[1]}>&-"
    wait "$SERVER_PID" 2>/dev/null
    : "$answer"
}

compare() { # flavour, spawned runs a round, forked runs a round
    local round
    command_of "$1"
    : >"$work/spawn"
    : >"$work/fork"
    : >"$work/start"
    for ((round = 0; round < ROUNDS; round++)); do
        spawned "$2" >>"$work/spawn"
        forked "$3" >>"$work/fork"
    done
    awk -v name="$1" -v a="$(median <"$work/spawn")" \
        -v b="$(median <"$work/fork")" -v s="$(median <"$work/start")" '
        BEGIN { printf "%-10s %10.1f %12.1f %7.1fx %12.1f %11.1f %11.1f\n",
                       name, 1e6 / a, 1e6 / b, a / b,
                       a / 1e3, b / 1e3, s / 1e3 }'
}

seconds() { # microseconds
    awk -v us="$1" 'BEGIN { printf "%.1f s", us / 1e6 }'
}

grade() { # arguments...: with a cache that was never used
    rm -rf "$work/cache"
    THREADLAB_CACHE=$work/cache build/threadlab grade "$@"
}

# Progress tells of a finding as soon as it is known.
first_finding() {
    local began line
    mkdir -p "$work/wrong/$EXERCISE"
    cp "$WRONG" "$work/wrong/$EXERCISE/$SOURCE.c"
    began=$(now_us)
    grade -v -s "$work/wrong" "$EXERCISE" 2>&1 | while read -r line; do
        case $line in
        *"$FINDING"*)
            echo $(($(now_us) - began))
            break
            ;;
        esac
    done
}

no_aslr=()
if setarch -R true 2>/dev/null; then
    no_aslr=(setarch -R)
fi
build plain
build tsan -fsanitize=thread
build helgrind -gdwarf-4
mapfile -t cases < <(echo list | "$work/plain" |
    grep -o '"name":"[^"]*"' | cut -d'"' -f4)
[ "${#cases[@]}" -gt 0 ] || stop "the test binary lists no cases"

echo "$EXERCISE, reference, ${#cases[@]} cases in turn, $(nproc) CPUs;" \
    "medians of $ROUNDS rounds"
printf '%-10s %10s %12s %8s %12s %11s %11s\n' engine "re-run/s" "fork/s" \
    ratio "re-run ms" "fork ms" "start ms"
# As many as a standard grading makes under TSan: 24 of each of the 7 cases.
compare plain 40 168
compare tsan 10 168
compare helgrind 3 35

began=$(now_us)
grade -s reference "$EXERCISE" >"$work/log" 2>&1 || cat "$work/log"
echo
echo "standard grading, right, empty cache: $(seconds $(($(now_us) - began)))"
found=$(first_finding)
if [ -n "$found" ]; then
    echo "first finding, wrong, empty cache:    $(seconds "$found")"
else
    echo "first finding, wrong: none was reported"
fi
if [ -x /usr/bin/python3 ]; then
    tools/power.py
else
    echo "schedules a second, bugs for a second: need the package python3"
fi
exit 0
