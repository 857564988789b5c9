#!/bin/bash
# SPDX-License-Identifier: MIT
# run.sh - `make test`: every test of the kit, and one line at the end.
#
# Steps: the unit tests under ASan and UBSan (and those for TSan), the grader
# itself under both, each tests/*/run.sh, and its check of the whole course. A step reports its
# cases as Criterion does ("Tested: 3 | Passing: 3 ...") or by a last line
# "N passed, N failed"; a step that does neither is one case, judged by its
# exit status. The last line printed is the sum, in the same words.
set -u
cd "$(dirname "$0")/.." || exit 1
log=$(mktemp) && faults=$(mktemp) || exit 1
trap 'rm -f "$log" "$faults"' EXIT
passed=0
failed=0

count() { # name, exit status; reads the log
    local good bad
    read -r good bad < <(sed -nE \
        -e 's/\x1b\[[0-9;]*[mK]//g' \
        -e 's/.*Tested: *([0-9]+) .*Passing: *([0-9]+) .*/\2 \1-\2/p' \
        -e 's/^([0-9]+) passed, ([0-9]+) failed$/\1 \2/p' "$log" | tail -n 1)
    if [ -z "${good-}" ]; then
        good=$(($2 == 0)) bad=$(($2 != 0))
    fi
    bad=$((bad))
    if [ "$2" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    passed=$((passed + good)) failed=$((failed + bad))
    printf '%-34s %5d passed, %d failed, %d s\n' \
        "$1" "$good" "$bad" "$((SECONDS - began))"
    if [ "$bad" -ne 0 ]; then
        {
            echo "FAILED: $1"
            grep -E '^(\[(----|FAIL)\]|FAIL|BAD|make: )|rror: |Sanitizer|status' \
                "$log" | head -n 40 | sed 's/^/    /'
        } >>"$faults"
    fi
}

quiet_step() { # name, command...: its output is shown when it fails
    local name=$1 rc=0
    shift
    began=$SECONDS
    "$@" >"$log" 2>&1 </dev/null || rc=$?
    # Criterion does not mind a leak in a test that passed; we do.
    if grep -qE 'ERROR: [A-Za-z]+Sanitizer|runtime error: ' "$log"; then
        rc=1
    fi
    [ "$rc" -eq 0 ] || cat "$log"
    count "$name" "$rc"
}

loud_step() { # name, command...: long enough to be watched
    local name=$1
    shift
    began=$SECONDS
    printf '\n== %s\n' "$name"
    "$@" 2>&1 </dev/null | tee "$log"
    count "$name" "${PIPESTATUS[0]}"
}

unit_steps() {
    local test
    for test in tests/unit/test_*.c; do
        [ -e "$test" ] || continue
        test=$(basename "$test" .c)
        # One after the other: Criterion itself leaks when tests side by side
        # end out of order. The limit is for what hangs, on any machine.
        quiet_step "unit: ${test#test_}" \
            "build/asan/tests/$test" --color=never -j1 --timeout 3600
    done
    for test in tests/tsan/test_*.c; do
        [ -e "$test" ] || continue
        test=$(basename "$test" .c)
        [ -x "build/tsan/tests/$test" ] || continue
        quiet_step "tsan: ${test#test_}" setarch -R "build/tsan/tests/$test"
    done
}

graded() { # flavour of the grader, expected exit status, arguments...
    local rc=0
    THREADLAB_ROOT=$PWD setarch -R "build/$1/threadlab" grade -p quick \
        "${@:3}" || rc=$?
    [ "$rc" -eq "$2" ] || {
        echo "exit status $rc instead of $2"
        return 1
    }
}

# The grader itself, at work under sanitizers. A report of theirs changes its
# exit status; what it says about a submission does not.
grader_steps() {
    local flavour
    for flavour in asan tsan; do
        quiet_step "grader under $flavour, right" \
            graded "$flavour" 0 -s reference 21 31
        quiet_step "grader under $flavour, in rounds" \
            graded "$flavour" 0 -p standard -s reference 11
        quiet_step "grader under $flavour, wrong" graded "$flavour" 1 -s \
            solutions/25-bank-transfer/data-race-unlocked-balance.c 25
    done
}

export ASAN_OPTIONS=${ASAN_OPTIONS-detect_leaks=1:abort_on_error=0}
export UBSAN_OPTIONS=${UBSAN_OPTIONS-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS-suppressions=$PWD/tests/tsan.supp}
export NO_COLOR=1
began=$SECONDS
if ! "${MAKE:-make}" --no-print-directory -j"$(nproc)" tests; then
    : >"$log"
    count build 1
else
    unit_steps
    grader_steps
    for script in tests/*/run.sh; do
        if [ -x "$script" ]; then
            loud_step "$(basename "$(dirname "$script")")" "$script"
        fi
    done
    # More jobs than processors: what hangs mostly waits for its time limit.
    loud_step "course" build/threadlab lint --brief -j "$((3 * $(nproc)))"
fi
echo
cat "$faults" # again: what was said first is far up by now
echo "$passed passed, $failed failed"
[ "$failed" -eq 0 ]
