#!/usr/bin/env python3
"""Makes the notebooks beside it from source/*.py: cells are split at `# %%`, executed, and kept with what they showed.

With --check nothing is written: the notebooks are executed again, and must show what they show. Images are not
compared. Names of notebooks choose some of them.
"""

from __future__ import annotations

import argparse
import difflib
import json
import re
import sys
from pathlib import Path
from typing import Any

import nbformat
from jupyter_client.manager import AsyncKernelManager as KernelManager
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
MARK = re.compile(r"^# %%(?P<kind> \[markdown\])?\n", re.MULTILINE)
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
COMPARED = ("text/plain", "text/html", "image/svg+xml")


def cells(text: str) -> list[Any]:
    """The cells of a source."""
    pieces = MARK.split(text)[1:]
    made = []
    for number, (kind, body) in enumerate(zip(pieces[::2], pieces[1::2], strict=True)):
        body = body.strip("\n")
        if kind:
            prose = "\n".join(line[2:] for line in body.splitlines())
            made.append(nbformat.v4.new_markdown_cell(prose, id=f"cell-{number}"))
        else:
            made.append(nbformat.v4.new_code_cell(body, id=f"cell-{number}"))
    return made


def execute(source: Path) -> Any:
    """The notebook of a source, executed."""
    notebook = nbformat.v4.new_notebook(cells=cells(source.read_text(encoding="utf-8")), metadata=METADATA)
    kernel = KernelManager(kernel_name="python3", transport="ipc")
    NotebookClient(notebook, km=kernel, timeout=120, record_timing=False).execute()
    notebook.metadata = METADATA
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            output.pop("transient", None)
            if output.output_type == "error":
                raise RuntimeError("\n".join(output.traceback))
    return notebook


def shown(notebook: Any) -> list[str]:
    """What is compared: sources and texts, a line each."""
    lines = []
    for number, cell in enumerate(notebook.cells):
        lines += [f"[{number}] {line}" for line in cell.source.splitlines()]
        for output in cell.get("outputs", ()):
            texts = [output.text] if "text" in output else [output.data.get(form, "") for form in COMPARED]
            # Where an object lies in memory is different every time.
            lines += [f"[{number}] > {re.sub('0x[0-9a-f]+', '0x…', line)}" for t in texts for line in t.splitlines()]
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail, with the difference, instead of writing")
    parser.add_argument("names", nargs="*", help="which ones; all of them unless given")
    arguments = parser.parse_args()
    changed = False
    for source in sorted((HERE / "source").glob("*.py")):
        if arguments.names and source.stem not in arguments.names:
            continue
        page = HERE / f"{source.stem}.ipynb"
        notebook = execute(source)
        if arguments.check:
            kept = nbformat.reads(page.read_text(encoding="utf-8"), as_version=4)
            difference = list(
                difflib.unified_diff(shown(kept), shown(notebook), str(page.name), "executed", lineterm="")
            )
            print("\n".join(difference))
            changed = changed or bool(difference)
        else:
            page.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 1 if changed else 0


if __name__ == "__main__":
    sys.exit(main())
