#!/bin/sh
# SPDX-License-Identifier: MIT
# locals.sh OBJECT SOURCE COMPILER ARG... - compile, so that a function's own
# accesses to its local arrays and structs are watched, too.
#
# clang's pass for ThreadSanitizer leaves out local variables whose address
# nobody gets; but of `a[1]` and `s.x` it asks whether anybody gets the address
# of this element, computed here and now, and not that of the whole (LLVM up to
# 19). What main does with an array that it has handed to threads goes unseen.
# So between front end and pass each such variable is sent through an asm that
# does nothing: where the pointer comes from cannot be known then.
#
# If that fails, it is compiled as usual.
object=$1 source=$2
shift 2
"$@" -Xclang -disable-llvm-passes -S -emit-llvm -o "$object.ll" "$source" ||
    exit
sed -E -f "${0%.sh}.sed" "$object.ll" >"$object.watched.ll" &&
    "$@" -Qunused-arguments -c -o "$object" "$object.watched.ll" 2>/dev/null ||
    exec "$@" -c -o "$object" "$source"
