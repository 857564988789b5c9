#!/bin/bash
# SPDX-License-Identifier: MIT
# lint.sh - `make lint`: what can be said about the source without running it.
#
# BASE and WARN are the compiler flags of the Makefile. Every check runs, even
# after one has failed; the exit status is 1 if any had something to say.
set -u
cd "$(dirname "$0")/.." || exit 1
: "${BASE:?run by make lint}" "${WARN:?run by make lint}"
# shellcheck disable=SC2206 # these are lists of flags
base=($BASE) warn=($WARN)
jobs=$(nproc)
failures=()

shopt -s nullglob globstar
grader=(grader/*.c)
runtime=(grader/runtime/*.c)
course=(exercises/*/*.c reference/*/*.c)
headers=(grader/*.h grader/runtime/*.h exercises/*/*.h tests/unit/*.h)
scripts=(tools/*.sh tests/*.sh tests/*/*.sh .ci/run)
# A wrong solution may be wrong in its warnings, but not in its layout.
formatted=("${grader[@]}" "${runtime[@]}" tests/unit/*.[ch] tests/tsan/*.c
    tools/*.c
    "${course[@]}" solutions/*/*.c "${headers[@]}")

check() { # name, command...
    local name=$1 began=$SECONDS rc=0
    shift
    "$@" || rc=$?
    if [ "$rc" -eq 0 ]; then
        printf '%-34s ok, %d s\n' "$name" $((SECONDS - began))
    else
        printf '%-34s FAILED\n' "$name"
        failures+=("$name")
    fi
}

each() { # command... -- file...: the command on each file, in parallel
    local command=()
    while [ "$1" != -- ]; do
        command+=("$1")
        shift
    done
    shift
    [ $# -eq 0 ] || printf '%s\0' "$@" |
        xargs -0 -n 1 -P "$jobs" "${command[@]}"
}

each_tidy() {
    each clang-tidy --quiet -p . --warnings-as-errors='*' -- "$@" \
        2> >(grep -v 'warnings* generated\|^Suppressed\|^Use -header' >&2)
}

own() { # compiler...: a file of the course, with its contract in sight
    local file=${!#}
    "${@:1:$#-1}" -I"exercises/$(basename "$(dirname "$file")")" \
        -Igrader/runtime "$file"
}
export -f own

compile() { # compiler, flags...: everything, without a warning
    local compiler=$1 usual=(-Wall -Wextra -Wshadow)
    shift
    set -- -Werror "$@" -o /dev/null -c
    each "$compiler" "${base[@]}" "${warn[@]}" -Igrader "$@" \
        -- "${grader[@]}" &&
        each "$compiler" "${base[@]}" "${usual[@]}" -fno-omit-frame-pointer \
            "$@" -- "${runtime[@]}" &&
        each "$compiler" "${base[@]}" "${usual[@]}" -Igrader -Itests/unit \
            "$@" -- tests/unit/*.c tests/tsan/*.c &&
        each bash -c 'own "$@"' own "$compiler" "${base[@]}" "${usual[@]}" \
            "$@" -- "${course[@]}"
}

header_alone() {
    each bash -c 'own "$@"' own gcc "${base[@]}" "${warn[@]}" \
        -Wno-conversion -Werror -Igrader -fsyntax-only -x c -- "$@"
}

# The runtime compares symbols that the linker put at the ends of a section.
# In the references who waits is in a list with a node of its own stack, until
# it leaves; and what one branch keeps the other frees.
cppcheck_all() {
    cppcheck --quiet --error-exitcode=1 --std=c11 -j "$jobs" -Igrader \
        --enable=warning,performance,portability --inline-suppr \
        --suppress=missingInclude --suppress=missingIncludeSystem \
        --suppress=comparePointers:grader/runtime/criterion.c \
        --suppress=comparePointers:grader/runtime/access.c \
        --suppress=autoVariables:reference/24-check-then-act/cache.c \
        --suppress=autoVariables:reference/34-barrier/barrier.c \
        --suppress=memleak:reference/66-free-threaded/visits.c \
        --suppress=normalCheckLevelMaxBranches "$@"
}

check "clang-format" clang-format --dry-run --Werror "${formatted[@]}"
check "shellcheck" shellcheck "${scripts[@]}"
check "headers, each alone" header_alone "${headers[@]}"
check "gcc -Werror" compile gcc -O2
# The macros of talloc are statement expressions.
check "clang -Werror" compile clang -O1 -Wthread-safety \
    -Wno-gnu-statement-expression
# What a talloc context owns looks like a leak to the analyzer.
check "gcc -fanalyzer" each gcc "${base[@]}" -fanalyzer -Werror -Igrader \
    -Wno-analyzer-malloc-leak -O1 -o /dev/null -c \
    -- "${grader[@]}" "${runtime[@]}"
# Criterion's macros are beyond cppcheck: the exercises' tests are left out.
check "cppcheck" cppcheck_all "${grader[@]}" "${runtime[@]}" reference/*/*.c
check "clang-tidy" each_tidy "${grader[@]}" "${runtime[@]}"

if [ "${#failures[@]}" -ne 0 ]; then
    echo "lint: ${#failures[@]} checks failed: ${failures[*]}"
    exit 1
fi
