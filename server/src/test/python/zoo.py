"""Measures all of torchvision's classifiers and writes the table of server/ZOO.md.

    python3 server/src/test/python/zoo.py [NAME ...]       (from anywhere; see server/ZOO.md)

Batch by batch, smallest networks first, it exports them (export_zoo.py), has ZooTest compare them,
keeps each one's row and deletes the rest. Rows lie in server/target/zoo: a second call goes on
where the first one ended, and a network is measured anew once its row is deleted. Two calls may share
the work. Takes an hour on one core that is free, 8 GB of memory and as many of disk; OpenBLAS in
place of Debian's plain BLAS (libopenblas0-pthread) makes it several times as fast.
"""

import argparse
import multiprocessing
import os
import pathlib
import re
import shutil
import subprocess
import sys
import textwrap
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")
import export_zoo  # noqa: E402
import torchvision  # noqa: E402

HERE = pathlib.Path(__file__).resolve()
ROOT = HERE.parents[4]
ROWS = ROOT / "server/target/zoo"
REPORT = ROOT / "server/target/surefire-reports/TEST-dev.sightline.server.graph.ZooTest.xml"
PAGE = ROOT / "server/ZOO.md"

VARIANTS = ["convnext_tiny@17", "resnet18@dynamic", "resnet18@13", "densenet121@13",
            "shufflenet_v2_x1_0@dynamic", "mobilenet_v3_small@dynamic", "efficientnet_b0@17",
            "vit_b_32@17", "vit_b_32@dynamic", "swin_t@17", "swin_t@dynamic"]

# As much goes through one call of Maven: networks, and parameters in all.
MOST = 12
PARAMETERS = 120_000_000

# One ONNX file is a protobuf message, which ends at 2 GiB.
LARGEST = 2**31 // 4

FIRST = "<!-- server/src/test/python/zoo.py writes from here -->\n"
LAST = "<!-- to here -->\n"
HEAD = """
| network | image | default layer, K×h×w | logits | to the layer | to the input, decided | to the input, any image | moved | outside TensorRT |
|---|---|---|---|---|---|---|---|---|
"""
BOUND = 1e-2


def parameters(network):
    weights = torchvision.models.get_model_weights(network.split("@")[0])
    return next(iter(weights)).meta["num_params"]


def batches(networks):
    batch, size = [], 0
    for network in networks:
        more = parameters(network)
        if batch and (len(batch) == MOST or size + more > PARAMETERS):
            yield batch
            batch, size = [], 0
        batch.append(network)
        size += more
    if batch:
        yield batch


def row_of(network):
    return ROWS / f"{network}.md"


def unmeasured(network, why):
    row_of(network).write_text(f"| {network} | | {why} | | | | | | |\n")


def export(folder, network):
    """In a process of its own, which gives its memory back. True if it worked."""
    process = multiprocessing.get_context("fork").Process(
        target=export_zoo.export, args=(folder, network))
    process.start()
    process.join()
    return process.exitcode == 0


def measure(batch):
    batch = [network for network in batch if not row_of(network).exists()]
    if not batch:
        return True
    folder = ROWS / f"networks{os.getpid()}"
    for network in batch:
        print(f"exporting {network}", flush=True)
        if not export(folder, network):
            shutil.rmtree(folder / network, ignore_errors=True)
            print(f"{network} could not be exported", flush=True)
    print(f"measuring {len(batch)}", flush=True)
    start = time.time()
    tested = subprocess.run(
        ["mvn", "-q", "-pl", "server", "-am", "test", "-Dtest=ZooTest", "-Dsightline.requireZoo=true",
         "-Dsurefire.failIfNoSpecifiedTests=false", f"-Dsightline.zoo={folder}",
         "-Dsightline.testHeap=5g"], cwd=ROOT)
    for network in batch:
        row = folder / network / "row.md"
        if row.exists():
            shutil.move(row, row_of(network))
    shutil.rmtree(folder, ignore_errors=True)
    if not REPORT.exists() or REPORT.stat().st_mtime < start:
        sys.exit("ZooTest did not run")
    return tested.returncode == 0 and all(row_of(network).exists() for network in batch)


def figure(cell):
    return float(cell.strip("* ").split(" ")[0].strip("*"))


def summary(rows):
    """What the rows say, in a sentence or two."""
    cells = [row.split("|")[1:-1] for row in rows]
    measured = [row for row in cells if row[1].strip()]
    worst = {column: max(measured, key=lambda row: figure(row[column])) for column in (4, 5, 6)}
    at, decided, ordinary = (
        f"{figure(row[column]):.1e} ({row[0].strip()})" for column, row in worst.items())
    plain = [row for row in measured if "@" not in row[0]]
    above = [row for row in measured if figure(row[6]) > BOUND]
    alone = [row[0].strip() for row in above if "(**" not in row[6] and "**" not in row[7]]
    names = ", ".join(row[0].strip() for row in above)
    return "\n".join(textwrap.wrap(
        f"{len(plain)} of {len(plain) + len(cells) - len(measured)} classifiers were measured, {len(measured) - len(plain)} "
        f"rows more have another operator set or a symbolic batch. The largest distances: {at} to the layer, {decided} to the "
        f"input where every decision is firm, {ordinary} to the input of any image. {len(above)} are above 1e-2 to "
        f"the input of any image: {names or 'none'}. PyTorch's own gradient moves by more than 1e-2 by rounding in "
        + (f"all of these but {', '.join(alone)}." if alone else "each of these too."), 118)) + "\n"


def write_table():
    files = sorted(ROWS.glob("*.md"), key=lambda row: re.sub(r"\d+", lambda n: n[0].zfill(4), row.stem))
    rows = [file.read_text() for file in files]
    before, rest = PAGE.read_text().split(FIRST)
    PAGE.write_text(before + FIRST + summary(rows) + HEAD + "".join(rows) + LAST + rest.split(LAST)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("networks", nargs="*", help="all of them without")
    networks = parser.parse_args().networks or (
        torchvision.models.list_models(module=torchvision.models) + VARIANTS)
    ROWS.mkdir(parents=True, exist_ok=True)
    for network in networks:
        if parameters(network) > LARGEST:
            unmeasured(network, f"not run: {parameters(network) * 4 / 1e9:.1f} GB of weights are "
                                "more than one ONNX file holds")
    left = sorted((n for n in networks if not row_of(n).exists()), key=parameters)
    failed = [batch for batch in batches(left) if not measure(batch)]
    write_table()
    if failed:
        sys.exit(f"failures among {sum(failed, [])}")


if __name__ == "__main__":
    main()
