# threadlab: `make help` lists the targets, V=1 shows the commands.
Q = $(if $(V),,@)
CC = gcc
BUILD = build
CFLAGS ?= -O2 -g
WARN = -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wstrict-prototypes \
       -Wmissing-prototypes -Wvla -Wformat=2 -Wundef
BASE = -std=c11 -D_GNU_SOURCE -pthread
# Linked into submissions, which have their own frames above and below ours:
# a wrapper's frame stays until its call is over, see wrap_calls.h.
RT_FLAGS = $(BASE) -Wall -Wextra -Wshadow -O2 -g -fno-omit-frame-pointer \
           -fno-optimize-sibling-calls
# Criterion's macros do not survive -Wconversion and -Wpedantic.
TEST_FLAGS = $(BASE) -Wall -Wextra -Wshadow -Igrader -Itests/unit
ASAN = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
       -fno-sanitize-recover=undefined
TSAN = -O1 -g -fno-omit-frame-pointer -fsanitize=thread
LIBS = -ljansson -lcyaml -lexpat -luv -ldw -lelf -lseccomp -ltalloc -lmd -lm

SRC = $(wildcard grader/*.c)
OBJ = $(patsubst grader/%.c,$(BUILD)/grader/%.o,$(SRC))
RT_SRC = $(wildcard grader/runtime/*.c)
RT_OBJ = $(patsubst grader/runtime/%.c,$(BUILD)/runtime/%.o,\
         $(filter-out %/stock.c %/criterion.c %/program.c %/text_begin.c \
         %/text_end.c %/wide_library.c %/wide_words.c,$(RT_SRC)))
RT_BEGIN = $(BUILD)/runtime/text_begin.o
RT_END = $(BUILD)/runtime/text_end.o
KIT = $(BUILD)/threadlab \
      $(BUILD)/runtime/runner-criterion.o $(BUILD)/runtime/runner-program.o \
      $(BUILD)/runtime/libstock.a $(BUILD)/runtime/libwide.a \
      $(BUILD)/runtime/wraps.rsp \
      $(BUILD)/runtime/include/stdatomic.h \
      $(BUILD)/runtime/locals.sh $(BUILD)/runtime/locals.sed

# Unit tests: tests/unit/test_*.c, each a Criterion program over the modules
# of the grader; other files there are helpers linked into every one of them.
# Stock Criterion aborts under TSan, so the tests for TSan are plain programs:
# tests/tsan/test_X.c with its own main, for each X in TSAN_TESTS.
UNIT_SRC = $(wildcard tests/unit/*.c)
UNIT = $(patsubst tests/unit/%.c,$(BUILD)/asan/tests/%,\
       $(filter tests/unit/test_%,$(UNIT_SRC)))
UNIT_HELP = $(patsubst tests/unit/%.c,$(BUILD)/asan/tests/%.o,\
            $(filter-out tests/unit/test_%,$(UNIT_SRC)))
TSAN_TESTS = progress
TSAN_BIN = $(TSAN_TESTS:%=$(BUILD)/tsan/tests/test_%)
ASAN_OBJ = $(SRC:grader/%.c=$(BUILD)/asan/grader/%.o)
TSAN_OBJ = $(SRC:grader/%.c=$(BUILD)/tsan/grader/%.o)
TESTS = $(UNIT) $(TSAN_BIN) $(BUILD)/asan/threadlab $(BUILD)/tsan/threadlab

.DELETE_ON_ERROR:
.SECONDARY:
.PHONY: kit grade list replay test lint bench handout container setup clean help tests

kit: $(KIT) ## build the grader (the default)

grade: setup ## grade: EX=25 SUBMISSION=dir PROFILE=quick JSON=out.json
	$(Q)$(MAKE) --no-print-directory kit
	$(Q)$(BUILD)/threadlab grade $(if $(SUBMISSION),-s '$(SUBMISSION)') \
	    $(if $(PROFILE),-p $(PROFILE)) $(if $(JSON),--json '$(JSON)') $(EX)

list: kit ## list the exercises
	$(Q)$(BUILD)/threadlab list

replay: kit ## run a failing run again: TOKEN=...
	$(Q)$(BUILD)/threadlab replay '$(TOKEN)'

test: ## test the kit itself; UPDATE_EXPECT=1 rewrites expectations
	@test -d tests || { echo "The kit's own tests are not in the handout." >&2; exit 2; }
	$(Q)tools/setup.sh grade test
	$(Q)tests/run.sh

tests: kit $(TESTS)

lint: ## formatting, static analysis, both compilers without a warning
	$(Q)tools/setup.sh grade lint
	$(Q)$(MAKE) --no-print-directory compile_commands.json
	$(Q)BASE='$(BASE)' WARN='$(WARN)' tools/lint.sh

bench: setup ## fork server against re-running the binary, in runs a second
	$(Q)$(MAKE) --no-print-directory kit
	$(Q)tools/bench.sh

handout: ## the archive for students: no reference, no solutions
	$(Q)tools/handout.sh

container: ## build the container and grade inside it
	$(Q)tools/container.sh

setup: ## install the Debian packages that are missing; SETUP=no lists them
	$(Q)tools/setup.sh grade

clean: ## remove all that was built
	rm -rf $(BUILD) compile_commands.json

help: ## list the targets
	$(Q)sed -n 's/^\([a-z._]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 24

# The grader and what is linked into test binaries.
$(BUILD)/threadlab: $(OBJ)
	$(Q)$(CC) -pthread $(LDFLAGS) -o $@ $(OBJ) $(LIBS)
# One object each for tests and for whole programs. What is not named here no
# submission can reach.
RUNNER_NAMES = main '__wrap_*' 'tl_*' __tsan_init __tsan_on_report \
               '__?san_default_options' 'cr_*' 'cri_*' 'criterion_*'
# Wrapped names that it calls itself.
RUNNER_REAL = syscall prctl sigprocmask pthread_getattr_np ftrylockfile \
              funlockfile
$(BUILD)/runtime/runner-%.o: $(RT_BEGIN) $(BUILD)/runtime/%.o $(RT_OBJ) \
                              $(RT_END)
	$(Q)ld -r -o $@ $^
	$(Q)objcopy -w $(RUNNER_NAMES:%=--keep-global-symbol=%) \
	    $(foreach n,$(RUNNER_REAL),--redefine-sym $(n)=__real_$(n)) $@
$(BUILD)/runtime/libstock.a: $(BUILD)/runtime/stock.o \
                               $(BUILD)/runtime/wrap_malloc.o \
                               $(BUILD)/runtime/fence.o
	$(Q)rm -f $@; ar rcs $@ $^
$(BUILD)/runtime/libwide.a: $(BUILD)/runtime/wide_library.o \
                              $(BUILD)/runtime/wide_words.o
	$(Q)rm -f $@; ar rcs $@ $^
$(BUILD)/runtime/wraps.rsp: grader/runtime/wraps.txt
	@mkdir -p $(@D)
	$(Q)sed 's/^/-Wl,--wrap=/' $< >$@
$(BUILD)/runtime/include/%.h: grader/runtime/include/%.h
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(BUILD)/runtime/locals.%: grader/runtime/locals.%
	@mkdir -p $(@D)
	$(Q)cp $< $@
$(BUILD)/grader/%.o: grader/%.c
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  CC $<";) \
	    $(CC) $(BASE) $(WARN) $(CFLAGS) -Igrader -MMD -MP -c $< -o $@
$(BUILD)/runtime/%.o: grader/runtime/%.c
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  CC $<";) \
	    $(CC) $(RT_FLAGS) -MMD -MP -c $< -o $@

# The same modules under sanitizers, with the tests on top.
$(BUILD)/asan/grader/%.o: grader/%.c
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  CC asan $<";) \
	    $(CC) $(BASE) $(WARN) $(ASAN) -Igrader -MMD -MP -c $< -o $@
$(BUILD)/tsan/grader/%.o: grader/%.c
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  CC tsan $<";) \
	    $(CC) $(BASE) $(WARN) $(TSAN) -Igrader -MMD -MP -c $< -o $@
$(BUILD)/asan/tests/%.o: tests/unit/%.c
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  CC asan $<";) \
	    $(CC) $(TEST_FLAGS) $(ASAN) -MMD -MP -c $< -o $@
$(BUILD)/tsan/tests/%.o: tests/tsan/%.c
	@mkdir -p $(@D)
	$(Q)$(if $(V),,echo "  CC tsan $<";) \
	    $(CC) $(TEST_FLAGS) $(TSAN) -MMD -MP -c $< -o $@
$(BUILD)/asan/tests/%: $(BUILD)/asan/tests/%.o $(UNIT_HELP) \
                       $(filter-out %/main.o,$(ASAN_OBJ))
	$(Q)$(CC) $(ASAN) -pthread -o $@ $^ $(LIBS) -lcriterion
$(BUILD)/tsan/tests/%: $(BUILD)/tsan/tests/%.o \
                       $(filter-out %/main.o,$(TSAN_OBJ))
	$(Q)$(CC) $(TSAN) -pthread -o $@ $^ $(LIBS)
$(BUILD)/asan/threadlab: $(ASAN_OBJ)
	$(Q)$(CC) $(ASAN) -pthread -o $@ $(ASAN_OBJ) $(LIBS)
$(BUILD)/tsan/threadlab: $(TSAN_OBJ)
	$(Q)$(CC) $(TSAN) -pthread -o $@ $(TSAN_OBJ) $(LIBS)

COURSE_SRC = $(wildcard exercises/*/*.c reference/*/*.c)
compile_commands.json: Makefile $(SRC) $(RT_SRC) ## for editors
	$(Q)tools/compile-commands.sh '$(BASE) $(WARN) -Igrader' $(SRC) \
	    -- '$(RT_FLAGS)' $(RT_SRC) -- '$(TEST_FLAGS)' $(UNIT_SRC) \
	    -- '$(BASE) -Wall -Wextra -Igrader/runtime' $(COURSE_SRC) >$@

-include $(OBJ:.o=.d) $(RT_SRC:grader/%.c=$(BUILD)/%.d) $(ASAN_OBJ:.o=.d) \
         $(TSAN_OBJ:.o=.d)
-include $(UNIT:=.d) $(UNIT_HELP:.o=.d) $(TSAN_BIN:=.d)
