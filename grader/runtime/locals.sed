# locals.sed - LLVM's text of a program -> the same, with local arrays and
# structs in disguise: see locals.sh. A name is `%3`, or `%p`; the type ends
# where ", align" or the length of an array that has none yet begins; what is a
# pointer ends with an asterisk, and does not match.
s/^  %([^ ]+) = alloca (%[-A-Za-z0-9_.$]+|%"[^"]*"|\[.*\]|\{.*\})((, i[0-9]+ [^,]+)?, align [0-9]+.*)$/  %tl.\1 = alloca \2\3\n  %\1 = call \2* asm "", "=r,0"(\2* %tl.\1)/
