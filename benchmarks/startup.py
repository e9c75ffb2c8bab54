"""How long does it take to import the package and to show the help? Prints a Markdown table.

    python benchmarks/startup.py

Every command runs in a fresh process; a first, uncounted run fills the file cache.
"""

import argparse
import statistics
import subprocess
import sys
import time

COMMANDS = {
    "`python -c pass`": ["-c", "pass"],
    "`python -c 'import vidsense'`": ["-c", "import vidsense"],
    "`vidsense --help`": ["-m", "vidsense", "--help"],
    "`vidsense --version`": ["-m", "vidsense", "--version"],
}


def seconds(arguments: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--repeats", type=int, default=11)
    arguments = parser.parse_args()
    print("| command | median s | slowest s |\n|---|---:|---:|")
    for name, command in COMMANDS.items():
        seconds(command)
        runs = [seconds(command) for _ in range(arguments.repeats)]
        print(f"| {name} | {statistics.median(runs):.3f} | {max(runs):.3f} |")


if __name__ == "__main__":
    main()
