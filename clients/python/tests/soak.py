"""Mixed good and hostile requests against a server for some minutes: nothing may be lost, nothing wrong.

    python clients/python/tests/soak.py --minutes 10 [--binary target/release/stance]

Starts the server itself. Every good call must give the answer the first one gave, every hostile one the code it
deserves. Prints counts and memory; exit code 1 if anything was lost or wrong. Needs the client package installed.
"""

import argparse
import collections
import random
import subprocess
import sys
import threading
import time
from pathlib import Path

import grpc

from stance import Client

ROOT = Path(__file__).resolve().parents[3]
TEXTS = [
    "Marta Oduya praised Norway. She condemned the Harbour League.",
    "“We thank Norway,” Ana Ruiz told reporters. According to Ruiz, Poland did not criticise the bank.",
    (ROOT / "seeds/articles/bagheri-arraisi.txt").read_text(),
]
ANALYZE = "/stance.v1.StanceService/Analyze"


class Soak:
    def __init__(self, address, seconds):
        self.address, self.end = address, time.time() + seconds
        self.counts, self.wrong, self.lock = collections.Counter(), [], threading.Lock()
        with Client(address) as client:
            self.expected = {t: client.analyze(t) for t in TEXTS}

    def note(self, kind, problem=None):
        with self.lock:
            self.counts[kind] += 1
            if problem:
                self.wrong.append(f"{kind}: {problem}"[:500])

    def refused(self, kind, code, call):
        try:
            call()
            self.note(kind, "was answered")
        except grpc.RpcError as error:
            self.note(kind, None if error.code() == code else f"{error.code()} {error.details()}")

    def run(self, seed):
        rng = random.Random(seed)
        with Client(self.address) as client, grpc.insecure_channel(self.address) as raw:
            while time.time() < self.end:
                try:
                    self.one(rng, client, raw)
                except Exception as error:  # whatever happens is a result of the soak
                    self.note("failed", repr(error))

    def one(self, rng, client, raw):
        text, dice = rng.choice(TEXTS), rng.random()
        invalid = grpc.StatusCode.INVALID_ARGUMENT
        if dice < 0.5:
            answer = client.analyze(text)
            self.note("analyze", None if answer == self.expected[text] else "another answer")
        elif dice < 0.6:
            texts = [rng.choice(TEXTS + [" "]) for _ in range(rng.randrange(1, 12))]
            results = list(client.analyze_many(texts, ordered=rng.random() < 0.5))
            good = len(results) == len(texts)
            for r in results:
                good &= (r.error is not None) if texts[r.index] == " " else r.analysis == self.expected[texts[r.index]]
            self.note("stream", None if good else "lost or wrong")
        elif dice < 0.65:
            built = client.build_profiles(TEXTS + TEXTS)
            self.note("profiles", None if (built.n_documents, built.n_duplicates) == (3, 3) else str(built.n_documents))
        elif dice < 0.7:
            stream = client.analyze_many(TEXTS * 5)
            next(stream)
            stream.close()
            self.note("left early")
        elif dice < 0.75:
            self.refused("empty", invalid, lambda: client.analyze("  \n"))
        elif dice < 0.8:
            self.refused("noise", invalid, lambda: raw.unary_unary(ANALYZE)(rng.randbytes(rng.randrange(1, 200)) + b"\xff"))
        elif dice < 0.85:
            self.refused("unknown feature", invalid, lambda: client.analyze(text, features=[77]))
        elif dice < 0.9:
            self.refused("wrong model", grpc.StatusCode.FAILED_PRECONDITION, lambda: client.analyze(text, model_sha256="0"))
        elif dice < 0.93:
            junk = "".join(chr(rng.choice((rng.randrange(32, 0xD800), rng.randrange(0x1F300, 0x1F700)))) for _ in range(400))
            self.note("junk text", None if client.analyze(junk).sentences else "no sentence")
        elif dice < 0.96:
            try:
                Client(self.address, timeout=rng.choice((0.001, 0.01))).analyze(text * 3)
                self.note("tight deadline, made")
            except grpc.RpcError as error:
                fine = error.code() in (grpc.StatusCode.DEADLINE_EXCEEDED, grpc.StatusCode.CANCELLED)
                self.note("tight deadline, missed", None if fine else str(error.code()))
        elif dice < 0.98:
            self.refused("unknown method", grpc.StatusCode.UNIMPLEMENTED, lambda: raw.unary_unary("/stance.v1.StanceService/Nope")(b""))
        else:
            self.refused("too large", grpc.StatusCode.OUT_OF_RANGE, lambda: client.analyze("a " * 1_500_000))


def memory(pid):
    line = next(x for x in open(f"/proc/{pid}/status") if x.startswith("VmRSS:"))
    return int(line.split()[1]) / 1000


def main():
    a = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    a.add_argument("--minutes", type=float, default=10)
    a.add_argument("--binary", type=Path, default=ROOT / "target/release/stance")
    a.add_argument("--callers", type=int, default=8)
    a = a.parse_args()
    server = subprocess.Popen([a.binary, "serve", "--listen", "127.0.0.1:0", "--metrics", "off", "--log", "off",
                               "--max-text-bytes", "1000000"], stdout=subprocess.PIPE, text=True)
    address = server.stdout.readline().split("listening on ")[1].split(",")[0]
    soak = Soak(address, a.minutes * 60)
    print(f"memory at the start {memory(server.pid):.0f} MB", flush=True)
    threads = [threading.Thread(target=soak.run, args=(i,)) for i in range(a.callers)]
    for t in threads:
        t.start()
    middle = (soak.end - time.time()) / 2
    time.sleep(max(0.0, middle))
    print(f"in the middle {memory(server.pid):.0f} MB", flush=True)
    for t in threads:
        t.join()
    print(f"at the end {memory(server.pid):.0f} MB")
    alive = server.poll() is None
    server.terminate()
    code = server.wait(timeout=60)
    for kind, n in sorted(soak.counts.items()):
        print(f"{n:8} {kind}")
    print(f"{len(soak.wrong)} lost or wrong; server alive: {alive}, exit code {code}")
    for problem in soak.wrong[:20]:
        print("   ", problem)
    sys.exit(bool(soak.wrong) or not alive or code != 0)


if __name__ == "__main__":
    main()
