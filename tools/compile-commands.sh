#!/bin/sh
# SPDX-License-Identifier: MIT
# compile-commands.sh FLAGS FILE... [-- FLAGS FILE...]... - print the
# compilation database that clangd and clang-tidy read. Each file sees its
# own folder; a reference or a solution sees the contract of its exercise.
set -eu

escape() {
    printf '%s' "$1" | sed 's/[\\"]/\\&/g'
}

root=$(escape "$PWD")
flags=
separator='['
while [ $# -gt 0 ]; do
    if [ -z "$flags" ]; then
        flags=$1
    elif [ "$1" = -- ]; then
        flags=
    else
        own=
        case $1 in
        reference/*) own=" -Iexercises/$(basename "$(dirname "$1")")" ;;
        esac
        printf '%s\n{"directory": "%s", "file": "%s",\n "command": "%s"}' \
            "$separator" "$root" "$1" "gcc $flags$own -c $1"
        separator=,
    fi
    shift
done
printf '\n]\n'
