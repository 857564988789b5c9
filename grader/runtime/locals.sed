# locals.sed - LLVM's text of a program -> the same, with local arrays and
# structs in disguise: see locals.sh. A name is `%3`, or `%p`. An array or a
# struct ends where ", align" begins, or how many of them there are; what is a
# pointer ends with an asterisk, and does not match. The second rule is for
# arrays as long as a variable says, of whatever.
s/^  %([^ ]+) = alloca (%[-A-Za-z0-9_.$]+|%"[^"]*"|\[.*\]|\{.*\})((, i[0-9]+ [^,]+)?, align [0-9]+.*)$/  %tl.\1 = alloca \2\3\n  %\1 = call \2* asm "", "=r,0"(\2* %tl.\1)/
t
s/^  %([^ ]+) = alloca ([^,]+)(, i[0-9]+ %[^,]+, align [0-9]+.*)$/  %tl.\1 = alloca \2\3\n  %\1 = call \2* asm "", "=r,0"(\2* %tl.\1)/
