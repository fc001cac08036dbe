"""What `stance batch` takes: archive.py BINARY N [N ...] [--threads 1,2] [--short].

For every N a made archive (make_archive.py) is scored on each number of threads: documents and sentences a second, peak memory,
and what a resume adds when the run is killed half way. Prints a row of a table each.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent


def run(*command, kill_at=None):
    """Seconds and peak memory (MB) of a command; killed once the file `kill_at` is there."""
    began = time.monotonic()
    process = subprocess.Popen(command)
    if kill_at:
        while not kill_at.exists() and process.poll() is None:
            time.sleep(0.05)
        process.kill()
    _, status, usage = os.wait4(process.pid, 0)
    if not kill_at and os.waitstatus_to_exitcode(status) != 0:
        sys.exit(f"{command} failed")
    return time.monotonic() - began, usage.ru_maxrss / 1024


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("binary")
    a.add_argument("n", type=int, nargs="+")
    a.add_argument("--threads", default="1,2")
    a.add_argument("--short", action="store_true", help="texts of one sentence")
    a.add_argument("--no-resume", action="store_true")
    a = a.parse_args()
    print("| documents | threads | seconds | documents/s | sentences/s | peak memory | killed half way and resumed |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for n in a.n:
        with tempfile.TemporaryDirectory() as folder:
            folder = Path(folder)
            subprocess.run([sys.executable, HERE / "make_archive.py", str(n), folder / "in.jsonl", *["short"][:a.short]], check=True)
            for threads in a.threads.split(","):
                part = max(100, n // 20)
                flags = ["--threads", threads, "--quiet", "--part-records", str(part)]
                batch = [a.binary, "batch", folder / "in.jsonl", *flags, "--out"]
                seconds, memory = run(*batch, folder / f"out-{threads}")
                counts = json.loads((folder / f"out-{threads}/run.json").read_text())["counts"]
                told = "-"
                if not a.no_resume:
                    out = folder / f"killed-{threads}"
                    # Parts are numbered from 0.
                    first, _ = run(*batch, out, kill_at=out / f"stances/part-{n // part // 2:06}.parquet")
                    if (out / "run.json").exists():
                        sys.exit(f"{n} documents were done before they could be killed: take more")
                    second, _ = run(*batch, out, "--resume")
                    told = f"{first:.1f} + {second:.1f} s ({(first + second) / seconds:.2f})"
                print(f"| {n} | {threads} | {seconds:.1f} | {counts['documents'] / seconds:.1f} | {counts['sentences'] / seconds:.0f} "
                      f"| {memory:.0f} MB | {told} |", flush=True)


if __name__ == "__main__":
    main()
