"""`python -m benchmarks [NAME] [--quick] [--only WORDS] [--markdown]`: run one benchmark, or all of them."""

import argparse
import os
import platform
from importlib import import_module

NAMES = ("engine", "peers", "session", "kernels", "decode", "gpu", "quality", "start", "plan", "plugins")
IN_PARTS = ("peers", "session")  # long ones, which can be run model by model


def main() -> None:
    """Read the command line, then measure and print one benchmark after the other."""
    parser = argparse.ArgumentParser("python -m benchmarks", description="Homewit beside named peers.")
    parser.add_argument("name", nargs="?", choices=NAMES, help="one benchmark; all of them by default")
    parser.add_argument("--quick", action="store_true", help="less work, to see that it runs; rough figures")
    parser.add_argument("--only", metavar="WORDS", help="of peers or session, only models named so")
    parser.add_argument("--markdown", action="store_true", help="tables as docs/performance.md has them")
    chosen = parser.parse_args()
    if chosen.only and chosen.name not in IN_PARTS:
        parser.error(f"--only goes with {' and '.join(IN_PARTS)}")
    load, cores = os.getloadavg()[0], os.cpu_count()
    print(f"Python {platform.python_version()}, {platform.system()} {platform.machine()}, {cores} cores")
    print(f"Load at the start: {load:.1f}; figures need a machine with nothing else to do.")
    print("Median (smallest to largest). Ratio: Homewit's median by the peer's; below 1, Homewit took less.")
    for name in (chosen.name,) if chosen.name else NAMES:
        measure = import_module(f"{__package__}.{name}").measure
        report = measure(chosen.quick, chosen.only) if chosen.only else measure(chosen.quick)
        print(f"\n{report.markdown() if chosen.markdown else report.render()}", flush=True)


if __name__ == "__main__":
    main()
