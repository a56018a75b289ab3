"""The command line `tenure` as a function, with a folder to work in."""

import json
import os
import shlex
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pandas as pd

HERE = Path(__file__).resolve().parents[1]
CLONE = HERE.parent

# The commands of the notebooks take seconds. One that hangs should not hang the notebook.
MOST_SECONDS = 300

# Columns that are names, though they look like numbers: customer 00004 is not customer 4.
NAMES = {"customer_id": "str"}


class TenureError(RuntimeError):
    """A command that did not do what it was asked; the message is what it printed."""


def find_program() -> Path:
    """Finds the release build of `tenure`.

    Looked for in this order: the file that TENURE_PROGRAM names, the target folder that CARGO_TARGET_DIR names,
    the clone's own, and the search path.

    Raises:
        TenureError: There is none in any of these places.
    """
    named = os.environ.get("TENURE_PROGRAM")
    if named is not None:
        return Path(named)
    targets = [Path(os.environ.get("CARGO_TARGET_DIR", CLONE / "target")), CLONE / "target"]
    for target in targets:
        for name in ("tenure", "tenure.exe"):
            if (target / "release" / name).is_file():
                return (target / "release" / name).resolve()
    found = shutil.which("tenure")
    if found is None:
        raise TenureError("there is no tenure yet: run `cargo build --release`, or name it in TENURE_PROGRAM")
    return Path(found)


def as_typed(command: str) -> str:
    """The command as one would type it in a shell, an option of a long one on a line of its own."""
    line = f"$ tenure {command}"
    if len(line) <= 100:
        return line
    words = command.split(" --")
    return f"$ tenure {words[0]}" + "".join(f" \\\n      --{word}" for word in words[1:])


class Workplace:
    """A folder in which a notebook's commands run, so that files have the short names that one would type.

    The folder is made anew: a notebook never finds what an earlier run left.

    Attributes:
        folder: Where the files are; below `notebooks/work`, or below the folder that TENURE_NOTEBOOKS_WORK names.
    """

    def __init__(self, name: str) -> None:
        above = Path(os.environ.get("TENURE_NOTEBOOKS_WORK", HERE / "work"))
        self.folder = above / name
        self._program = find_program()
        if self.folder.exists():
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True)

    def run(self, command: str, *, quiet: bool = False) -> dict[str, Any]:
        """Runs `tenure` with `--json` and returns the object that it prints; shows the command unless quiet.

        Raises:
            TenureError: The command failed.
        """
        if not quiet:
            print(as_typed(command))
        answer: dict[str, Any] = json.loads(self._output(f"{command} --json"))
        return answer

    def show(self, command: str, *, lines: int | None = None) -> None:
        """Runs `tenure` and prints what a person would see, or the first lines of it.

        Raises:
            TenureError: The command failed.
        """
        print(as_typed(command))
        printed = self._output(command).rstrip().splitlines()
        kept = printed if lines is None else printed[:lines]
        print("\n".join(kept))
        if len(kept) < len(printed):
            print(f"... and {len(printed) - len(kept)} lines more")

    def show_refusal(self, command: str) -> None:
        """Runs a command that must be refused, and prints the message.

        Raises:
            TenureError: It was not refused.
        """
        print(as_typed(command))
        done = self._finished(command)
        if done.returncode == 0:
            raise TenureError(f"tenure {command} should have been refused")
        print(done.stderr.rstrip())

    def csv(self, name: str) -> pd.DataFrame:
        """Reads a table that a command wrote here; columns that end in `_at`, and `as_of`, become instants."""
        table = pd.read_csv(self.folder / name, dtype=NAMES)
        for column in table.columns:
            if column.endswith("_at") or column == "as_of":
                table[column] = pd.to_datetime(table[column], format="ISO8601")
        return table

    def write(self, name: str, text: str) -> None:
        """Writes a small file for a command to read."""
        (self.folder / name).write_text(text, encoding="utf-8")

    def copy(self, source: Path, name: str) -> None:
        """Copies a file here under a short name."""
        shutil.copyfile(source, self.folder / name)

    def _output(self, command: str) -> str:
        done = self._finished(command)
        if done.returncode != 0:
            raise TenureError(f"tenure {command}\n{done.stderr.strip()}")
        return done.stdout

    def _finished(self, command: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self._program), *shlex.split(command)],
            cwd=self.folder,
            capture_output=True,
            encoding="utf-8",
            timeout=MOST_SECONDS,
            check=False,
        )
