"""Executes notebooks from their first cell to their last; any error in any cell is an error here.

usage: python -m tenure_notebooks.execute FOLDER [NOTEBOOK ...]

Writes each executed notebook, and each of its pictures as a PNG, to FOLDER. With FOLDER `.` the notebooks
themselves are written, which is how the outputs that are committed come about. Also refuses what should not be
committed: a notebook without outputs, or too large, or with a path of the machine on which it ran.
"""

import base64
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError

from tenure_notebooks.command import CLONE, HERE

MOST_SECONDS_A_CELL = 180
MOST_BYTES_A_PICTURE = 100_000
MOST_BYTES = 400_000


def execute(notebook: Path, folder: Path) -> None:
    """Executes one notebook in the folder where it lies and writes it, and its pictures, to another.

    Raises:
        CellExecutionError: A cell failed.
    """
    node = nbformat.read(notebook, as_version=4)
    client = NotebookClient(
        node,
        timeout=MOST_SECONDS_A_CELL,
        kernel_name="python3",
        record_timing=False,
        # Errors only: a kernel on this machine alone need not warn that its sockets are not encrypted.
        extra_arguments=["--IPKernelApp.log_level=40"],
        resources={"metadata": {"path": str(HERE)}},
    )
    client.execute()
    # The version of Python would differ with every machine and tells nobody anything.
    node.metadata.pop("language_info", None)
    nbformat.write(node, folder / notebook.name)
    if folder.resolve() != HERE:
        for number, picture in enumerate(pictures(node), start=1):
            (folder / f"{notebook.stem}-{number:02}.png").write_bytes(picture)


def pictures(node: nbformat.NotebookNode) -> list[bytes]:
    """The PNG pictures in a notebook's outputs, in order."""
    outputs = [output for cell in node.cells if cell.cell_type == "code" for output in cell.outputs]
    encoded = [output.data["image/png"] for output in outputs if "image/png" in output.get("data", {})]
    return [base64.b64decode(picture) for picture in encoded]


def complaints(notebook: Path) -> list[str]:
    """What speaks against committing a notebook as it is."""
    text = notebook.read_text(encoding="utf-8")
    node = nbformat.reads(text, as_version=4)
    found = []
    if len(text) > MOST_BYTES:
        found.append(f"has {len(text)} bytes, {MOST_BYTES} are the limit")
    for number, picture in enumerate(pictures(node), start=1):
        if len(picture) > MOST_BYTES_A_PICTURE:
            found.append(f"has {len(picture)} bytes in picture {number}, {MOST_BYTES_A_PICTURE} are the limit")
    code = [cell for cell in node.cells if cell.cell_type == "code" and cell.source.strip()]
    if not any(cell.outputs for cell in code):
        found.append("has no outputs: run notebooks/run.sh --write")
    found.extend(f"shows the path {place}" for place in {str(CLONE), str(Path.home())} if place in text)
    return [f"{notebook.name} {complaint}" for complaint in found]


def main(arguments: list[str]) -> int:
    """Executes the notebooks that are named, all without names; returns the exit code."""
    folder = HERE if arguments[0] == "." else Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    notebooks = [HERE / name for name in arguments[1:]] or sorted(HERE.glob("*.ipynb"))
    found = []
    for notebook in notebooks:
        started = time.monotonic()
        try:
            execute(notebook, folder)
        except CellExecutionError as error:
            print(f"error: {notebook.name}: a cell failed\n{error}", file=sys.stderr)
            return 1
        print(f"{notebook.name}: {time.monotonic() - started:.0f} s")
        found.extend(complaints(notebook))
    for complaint in found:
        print(f"error: {complaint}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
