#!/usr/bin/python3
# SPDX-License-Identifier: MIT
# power.py - the second half of `make bench`: how many schedules a second, what
# accesses and searches cost, and how many bugs for a second of processor time.
#
# Every wrong solution that an engine could find is run in four ways, each
# with the runs it gets in a standard grading, until it is found: undisturbed
# repeats, repeats under ThreadSanitizer and under Helgrind with short delays,
# and controlled schedules. All in the same fork server, side by side; a way
# is charged for the processor time of its server and runs.
import glob
import json
import os
import resource
import subprocess
import sys
import tempfile
import time

BASE = ("clang -std=c11 -D_GNU_SOURCE -pthread -g -fno-omit-frame-pointer "
        "-mno-omit-leaf-frame-pointer -fno-optimize-sibling-calls "
        "-fexceptions -O1 -w -Igrader/runtime").split()
ACCESSES = ("-fsanitize=thread -mllvm -tsan-instrument-func-entry-exit=0 "
            "-isystem build/runtime/include").split()
LINK = ("build/runtime/runner-criterion.o "
        "@build/runtime/wraps.rsp -Wl,-z,now -Wl,--as-needed -lcriterion").split()
NOT_RUN = ("ok", "build-error", "forbidden-call")
VALGRIND = ("valgrind -q --tool=helgrind --track-lockorders=no "
            "--history-level=full --error-limit=no").split()

# name, compiler flags, linker flags, command, runs or schedules of a case
WAYS = [
    ("native repeats", [], [], [], 100),
    ("tsan repeats", ["-fsanitize=thread"], ["-fsanitize=thread"],
     ["setarch", "-R"], 24),
    ("helgrind repeats", ["-gdwarf-4"], [], VALGRIND, 5),
    ("explore", ACCESSES, [], [], 300),
]


def cpu():
    use = resource.getrusage(resource.RUSAGE_CHILDREN)
    return use.ru_utime + use.ru_stime


def build(way, sources, includes, out):
    objects = []
    for i, source in enumerate(sources):
        objects.append("%s.%d.o" % (out, i))
        subprocess.run(BASE + way[1] + includes +
                       ["-c", source, "-o", objects[-1]], check=True)
    subprocess.run(BASE + way[2] + ["-o", out] + objects + LINK, check=True)


class Server:
    def __init__(self, way, binary):
        self.process = subprocess.Popen(
            way[3] + [binary], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL, text=True)

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        return json.loads(answer) if answer else {"end": "gone"}

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def wrong(run):
    """Does the answer show anything that costs points?"""
    notes = [n for n in run.get("notes", [])
             if n["kind"] != "spurious" and n.get("word") != "overlap"]
    return bool(run["end"] not in ("completed", "skipped") or notes or
                run.get("reports_seen") or run.get("tool_errors") or
                run.get("text"))


def found_in_case(server, way, case, seed):
    if way[0] == "explore":
        first = 0
        while first < way[4]:
            run = server.ask("explore 4000 0 %d 50 0 %d %s" % (first, seed, case))
            explored = run.get("explored", {"failed": True})
            if explored["failed"]:
                return True
            if explored["exhausted"]:
                return False
            first = explored["next"]
        return False
    noise = 0 if way[0].startswith("native") else 1
    for i in range(way[4]):
        run = server.ask("run 8000 %d 0 %d %s" % (noise if i else 0,
                                                   seed + i, case))
        if wrong(run):
            return True
    return False


def search(way, binary):
    """True if found, and the processor seconds it took."""
    before = cpu()
    server = Server(way, binary)
    cases = [c["name"] for c in server.ask("list").get("cases", [])]
    found = any(found_in_case(server, way, c, 1) for c in cases)
    server.close()
    return found, cpu() - before


def kind_of(path):
    name = os.path.basename(path)
    return next((k for k in NOT_RUN if name.startswith(k)), "run")


def power(work):
    files = [f for f in sorted(glob.glob("solutions/*/*.c"))
             if kind_of(f) == "run"]
    total = {way[0]: [0, 0.0] for way in WAYS}
    for number, path in enumerate(files):
        exercise = "exercises/" + path.split("/")[1]
        test = glob.glob(exercise + "/test_*.c")[0]
        print("\r%d of %d" % (number + 1, len(files)), end="",
              file=sys.stderr, flush=True)
        for way in WAYS:
            binary = os.path.join(work, "test")
            build(way, [test, path], ["-I" + exercise], binary)
            found, seconds = search(way, binary)
            total[way[0]][0] += found
            total[way[0]][1] += seconds
    print("\r", end="", file=sys.stderr)
    print("\nwrong solutions found, of %d (a standard grading's runs each)"
          % len(files))
    print("%-18s %8s %12s %14s" % ("", "found", "CPU s", "found/CPU s"))
    for name, (found, seconds) in total.items():
        print("%-18s %8d %12.1f %14.2f"
              % (name, found, seconds, found / seconds))


def schedules(work):
    print("\nschedules a second, 4 threads and 200 lock operations")
    for way, count in ((WAYS[3], 300), (WAYS[1], 60)):
        binary = os.path.join(work, "locks")
        build(way, ["tools/bench-locks.c"], [], binary)
        server = Server(way, binary)
        rates = []
        for batch in range(5):
            began = time.monotonic()
            run = server.ask("explore 8000 0 %d %d 0 1 bench/locks"
                             % (1 + batch * count, count))
            assert run["end"] == "completed", run["end"]
            rates.append(run["explored"]["runs"] /
                         (time.monotonic() - began))
        server.close()
        print("%-18s %8.0f" % (way[0] if way[0] == "explore" else "tsan",
                               sorted(rates)[2]))


def answer(server, line):
    began = time.monotonic()
    run = server.ask(line)
    return run, time.monotonic() - began


def memory(work):
    """Accesses as points, searches, and what the look at each access costs."""
    binary = os.path.join(work, "memory")
    sieve = {}
    for name, way in (("plain", WAYS[0]), ("tsan", WAYS[1]),
                      ("explore", WAYS[3])):
        build(way, ["tools/bench-memory.c"], [], binary)
        server = Server(way, binary)
        noise = 2 if name == "explore" else 0
        sieve[name] = sorted(
            answer(server, "run 60000 %d 0 1 memory/sieve" % noise)[1]
            for _ in range(5))[2]
        if name == "explore":
            rates = []
            for batch in range(5):
                run, took = answer(server, "explore 8000 0 %d 200 0 1 "
                                   "memory/shared" % (1 + 200 * batch))
                rates.append(run["explored"]["runs"] / took)
            sections, took = answer(
                server, "search 8000 -1 1 10000 memory/sections")
            own = server.ask("search 8000 -1 1 10000 memory/independent")
            every = server.ask("search 8000 -1 0 10000 memory/independent")
        server.close()
    print("\nschedules a second, 4 threads and 400 accesses as points: %.0f"
          % sorted(rates)[2])
    print("all schedules of 2 threads with 3 lock sections each: %d, in %.2f s"
          % (sections["schedules"], took))
    print("all schedules of independent work: %d; without the reduction: %s%d"
          % (own["schedules"], "" if every["complete"] else "more than ",
             every["schedules"]))
    print("a run that computes: plain %.0f ms, explore %.1fx, tsan %.1fx"
          % (1000 * sieve["plain"], sieve["explore"] / sieve["plain"],
             sieve["tsan"] / sieve["plain"]))


with tempfile.TemporaryDirectory() as folder:
    schedules(folder)
    memory(folder)
    if "--schedules" not in sys.argv:
        power(folder)
