"""Files that a coverage-guided fuzzer (atheris, on LLVM's libFuzzer) invents: it learns which bytes reach code not seen yet.

Run as `python -m benchmarks._guided config|study RUNS SEED`; status 0 where every file was read or refused as documented.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks._fuzz import READERS, SEEDS

RUNS = {"config": (20_000, 500_000), "study": (4_000, 100_000)}
_MAX_BYTES = 4_096
_MAX_MEGABYTES = 8_192  # the peak of the process that started this one counts too


def guided(quick: bool) -> list[dict[str, Any]]:
    """Each kind of file in a process of its own, since libFuzzer ends the one that it runs in."""
    return [_fuzzed(kind, runs[0] if quick else runs[1]) for kind, runs in RUNS.items()]


def _fuzzed(kind: str, runs: int) -> dict[str, Any]:
    ended = subprocess.run(
        [sys.executable, "-m", "benchmarks._guided", kind, str(runs), "1"], capture_output=True, text=True, check=False
    )
    done = re.search(r"Done (\d+) runs", ended.stderr)
    covered = re.findall(r"cov: (\d+)", ended.stderr)
    row = {"file": kind, "runs": int(done[1]) if done else 0, "branches": int(covered[-1]) if covered else 0}
    errors = re.findall(r"^ === Uncaught Python exception: ===\n(.*)", ended.stderr, re.MULTILINE)
    said = errors[0][:200] if errors else ("" if done else ended.stderr[-400:])
    return {**row, "found": said, "holds": ended.returncode == 0 and row["runs"] >= runs and row["branches"] > 0}


def main(kind: str, runs: str, seed: str) -> None:
    """Fuzzes until so many files were tried; does not return."""
    import atheris

    with atheris.instrument_imports(include=["tuner", "search_spaces"], enable_loader_override=False):
        read = READERS[kind]()
    with tempfile.TemporaryDirectory() as folder:
        corpus, file = Path(folder) / "corpus", Path(folder) / "file"
        corpus.mkdir()
        (corpus / "good").write_bytes(SEEDS[kind]())
        words = Path(folder) / "words"
        words.write_text("".join(f'"{word}"\n' for word in sorted(set(re.findall(r"\w+", SEEDS[kind]().decode())))))

        def one(content: bytes) -> None:
            file.write_bytes(content)
            read(file)

        options = {"runs": runs, "seed": seed, "max_len": _MAX_BYTES, "rss_limit_mb": _MAX_MEGABYTES, "dict": words}
        flags = [f"-{name}={value}" for name, value in options.items()]
        atheris.Setup([sys.argv[0], *flags, f"-artifact_prefix={folder}/", str(corpus)], one)
        atheris.Fuzz()


if __name__ == "__main__":
    main(*sys.argv[1:])
