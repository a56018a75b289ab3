"""Executes notebooks from their first cell to their last; any error in any cell is an error here.

usage: python -m tenure_notebooks.execute FOLDER [NOTEBOOK ...]

Writes each executed notebook, and each of its pictures as a PNG, to FOLDER. With FOLDER `.` the notebooks
themselves are written, which is how the outputs that are committed come about. Also refuses what should not be
committed: a notebook without outputs, or too large, with a warning, or with a path of the machine on which it ran.
"""

import base64
import io
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from PIL import Image

from tenure_notebooks.command import CLONE, HERE

# Far more than any needs, for machines that are busy with other things.
MOST_SECONDS_A_CELL = 600
MOST_BYTES_A_PICTURE = 60_000
MOST_BYTES = 250_000


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
        # Else the same prints are one output or two by how busy the machine is.
        coalesce_streams=True,
        # Errors only: a kernel on this machine alone need not warn that its sockets are not encrypted.
        extra_arguments=["--IPKernelApp.log_level=40"],
        resources={"metadata": {"path": str(HERE)}},
    )
    client.execute()
    shrink_pictures(node)
    # The version of Python would differ with every machine and tells nobody anything.
    node.metadata.pop("language_info", None)
    nbformat.write(node, folder / notebook.name)
    if folder.resolve() != HERE:
        for number, picture in enumerate(pictures(node), start=1):
            (folder / f"{notebook.stem}-{number:02}.png").write_bytes(picture)


def shrink_pictures(node: nbformat.NotebookNode) -> None:
    """Saves each picture with a palette of 128 colours: plots look the same, at less than half the size."""
    for cell in node.cells:
        for output in cell.get("outputs", []):
            picture = output.get("data", {}).get("image/png")
            if picture is not None:
                small = io.BytesIO()
                opened = Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB")
                opened.quantize(128, method=Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(
                    small, "png", optimize=True
                )
                output["data"]["image/png"] = base64.b64encode(small.getvalue()).decode("ascii")


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
    outputs = [output for cell in node.cells if cell.cell_type == "code" for output in cell.outputs]
    if not outputs:
        found.append("has no outputs: run notebooks/run.sh --write")
    if any(output.get("name") == "stderr" for output in outputs):
        found.append("shows a warning: mend what warns, and run notebooks/run.sh --write")
    # A home that is the root itself would be found everywhere.
    places = {str(place) for place in (CLONE, Path.home()) if len(place.parts) > 1}
    found.extend(f"shows the path {place}" for place in sorted(places) if place in text)
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
