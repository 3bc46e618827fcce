"""docs/cpp.md: its blocks of C++, one program, built against the installed library, print what the page shows."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```cpp\n(?P<code>.*?)```(?:\n+```text\n(?P<output>.*?)```)?", re.DOTALL)
MARK = "=== end of block "


def test_page_runs_as_printed(prefix, tmp_path, run):
    page = (ROOT / "docs/cpp.md").read_text(encoding="utf-8")
    blocks = list(BLOCK.finditer(page))
    assert len(blocks) > 5
    includes, body = [], []
    for number, block in enumerate(blocks):
        lines = block["code"].splitlines()
        includes += [line for line in lines if line.startswith("#include")]
        # Errors of the compiler carry the page's own lines.
        body.append(f'#line {page.count(chr(10), 0, block.start("code")) + 1} "cpp.md"')
        body += ["" if line.startswith("#include") else line for line in lines]
        body.append(f'std::cout << "{MARK}{number}" << std::endl;')
    (tmp_path / "page.cpp").write_text("\n".join([*includes, "int main() {", *body, "}", ""]), encoding="utf-8")
    (tmp_path / "CMakeLists.txt").write_text(
        "cmake_minimum_required(VERSION 3.25)\nproject(page LANGUAGES CXX)\nfind_package(laminar 0.17 REQUIRED)\n"
        "add_executable(page page.cpp)\ntarget_link_libraries(page PRIVATE laminar::laminar)\n"
        "target_compile_options(page PRIVATE -Wall -Wextra -Wpedantic -Werror)\n"
    )
    run(
        "cmake", "-S", tmp_path, "-B", tmp_path / "build",
        f"-DCMAKE_PREFIX_PATH={prefix}", f"-DPython_EXECUTABLE={sys.executable}",
    )  # fmt: skip
    run("cmake", "--build", tmp_path / "build")
    printed = re.split(rf"{MARK}\d+\n", run(tmp_path / "build/page"))[:-1]
    expected = [block["output"] or "" for block in blocks]
    assert [text.rstrip() for text in printed] == [text.rstrip() for text in expected]
