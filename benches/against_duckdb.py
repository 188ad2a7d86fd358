"""loadline's reduction against duckdb on the same file, in one run: CPU seconds and memory.

    pip install duckdb
    python3 benches/against_duckdb.py target/release/loadline READINGS.parquet [WORK_DIRECTORY]

The file has the columns timestamp, workload, cpu_vcpu, memory_mib, alloc_vcpu, alloc_memory_mib.
duckdb computes exact quantiles and hour-of-week means, and the counts of the same buckets as
loadline, which must agree with loadline's to the last one. Each step is a process of its own; the
best of three runs is shown. Ten times the data is the same file under ten names a workload.
"""

import os
import shutil
import subprocess
import sys
import tempfile

DUCKDB = r'''
import duckdb, sys
what, source = sys.argv[1:3]
source = f"read_csv('{source}')" if source.endswith("csv") else f"'{source}'"
c = duckdb.connect()
c.sql("set threads = 2")
if what == "exact":
    c.sql(f"""select workload, count(*), avg(cpu_vcpu), max(cpu_vcpu),
        quantile_cont(cpu_vcpu, [0.5, 0.9, 0.95, 0.99, 0.999]), avg(memory_mib), max(memory_mib),
        quantile_cont(memory_mib, [0.5, 0.9, 0.95, 0.99, 0.999]) from {source} group by workload""").fetchall()
    c.sql(f"""select workload, isodow(timestamp) * 24 + hour(timestamp), avg(cpu_vcpu), avg(memory_mib)
        from {source} group by 1, 2""").fetchall()
elif what == "counts":
    def buckets(signal, value):
        x = f"floor({value} * 16)"
        w = "case when x < 256 then 1 " + " ".join(
            f"when x < {2 ** k} then {2 ** (k - 8)}" for k in range(9, 28)) + " end"
        return f"""select workload, '{signal}' as signal, cast(floor(x / w) * w as bigint) as edge, count(*) as n
            from (select workload, x, {w} as w from (select workload, {x} as x from {source})) group by all"""
    cpu = buckets("cpu_units_mean", "cpu_vcpu::double * 1024")
    memory = buckets("memory_mib_mean", "memory_mib::double")
    for row in c.sql(f"{cpu} union all {memory} order by all").fetchall():
        print(*row, sep=",")
elif what == "tenfold":
    c.sql(f"""copy (select timestamp, workload || '-' || k as workload, cpu_vcpu, memory_mib, alloc_vcpu,
        alloc_memory_mib from range(10) t(k), {source} order by k, workload, timestamp)
        to '{sys.argv[3]}' (format parquet, compression zstd)""")
elif what == "csv":
    c.sql(f"copy {source} to '{sys.argv[3]}' (format csv, header)")
'''


def cpu_seconds(command, out=subprocess.DEVNULL):
    """CPU seconds and MiB at the most of a command, with all its threads."""
    process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"failed: {' '.join(command)}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def best(command, prepare=lambda: None, runs=3):
    results = []
    for _ in range(runs):
        prepare()
        results.append(cpu_seconds(command))
    return min(results)


def main():
    loadline, source = sys.argv[1:3]
    work = tempfile.mkdtemp(dir=sys.argv[3] if len(sys.argv) > 3 else None)
    duck = [sys.executable, "-c", DUCKDB]
    rows = []
    try:
        tenfold, csv, store = (os.path.join(work, name) for name in ("tenfold.parquet", "one.csv", "store"))
        cpu_seconds([*duck, "tenfold", source, tenfold])
        cpu_seconds([*duck, "csv", source, csv])

        def compare(name, file, runs):
            exact = best([*duck, "exact", file], runs=runs)
            rows.append((f"{name}: duckdb, exact quantiles and hour-of-week means", *exact, ""))
            for what, command, prepare in [
                ("loadline profiles FILE", ["profiles", file, "--preset", "bitbrains", "--format", "csv"], lambda: None),
                ("loadline import", ["import", file, "--preset", "bitbrains", "--out", store],
                 lambda: shutil.rmtree(store, ignore_errors=True)),
                ("loadline analyze", ["analyze", store, "--format", "json"], lambda: None),
            ]:
                used = best([loadline, *command, "-q"], prepare, runs)
                rows.append((f"{name}: {what}", *used, f"{used[0] / exact[0]:.2f}"))

        compare("Parquet", source, 3)
        with open(os.path.join(work, "ours"), "w") as out:
            cpu_seconds([loadline, "profiles", store, "--format", "csv"], out)
        with open(os.path.join(work, "theirs"), "w") as out:
            used = cpu_seconds([*duck, "counts", source], out)
        rows.append(("Parquet: duckdb, the same counts", *used, ""))
        ours = sorted(open(os.path.join(work, "ours")).read().split()[1:])
        theirs = sorted(open(os.path.join(work, "theirs")).read().split())
        if ours != theirs:
            sys.exit(f"the counts differ: {set(ours) ^ set(theirs)}"[:500])
        compare("CSV", csv, 3)
        compare("Parquet, ten times", tenfold, 1)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    print("| what | CPU seconds | MiB | of duckdb's |\n|---|---:|---:|---:|")
    for name, seconds, memory, share in rows:
        print(f"| {name} | {seconds:.2f} | {memory:.0f} | {share} |")
    print(f"\n{len(ours)} bucket counts agree.")


main()
